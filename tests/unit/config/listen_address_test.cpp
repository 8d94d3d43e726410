#include "config/listen_address.hpp"

#include <gtest/gtest.h>

namespace everai::config {
namespace {

std::string refusal(const std::string& text) {
  const auto address = parse_listen_address(text);
  return address ? "accepted as " + to_string(*address) : address.error().message;
}

/// The message of adding the second of two addresses; empty if both can be had.
std::string trouble_of(const std::string& one, const std::string& other) {
  std::vector<ListenAddress> addresses;
  EXPECT_TRUE(add_listen_address(addresses, parse_listen_address(one).value()));
  const auto added = add_listen_address(addresses, parse_listen_address(other).value());
  EXPECT_EQ(addresses.size(), added ? 2U : 1U);
  return added ? "" : added.error().message;
}

TEST(ParseListenAddress, ReadsHostsAndPorts) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:0"), (ListenAddress{"127.0.0.1", 0}));
  EXPECT_EQ(parse_listen_address("[::1]:10880"), (ListenAddress{"::1", 10880}));
  EXPECT_EQ(parse_listen_address("localhost:65535"), (ListenAddress{"localhost", 65535}));
  EXPECT_EQ(parse_listen_address("my_host.a-b.example.:080"),
            (ListenAddress{"my_host.a-b.example.", 80}));
  EXPECT_EQ(parse_listen_address("0.0.0.0:1"), (ListenAddress{"0.0.0.0", 1}));
}

TEST(ParseListenAddress, TakesNoHostAndAStarForEveryAddress) {
  EXPECT_EQ(parse_listen_address(":10880"), (ListenAddress{"", 10880}));
  EXPECT_EQ(parse_listen_address("*:10880"), (ListenAddress{"", 10880}));
}

TEST(ParseListenAddress, GivesAnIpv6AddressInOneForm) {
  EXPECT_EQ(parse_listen_address("[0:0::0:0]:1")->host, "::");
  EXPECT_EQ(parse_listen_address("[FD00:0:0::0A]:1")->host, "fd00::a");
  EXPECT_EQ(parse_listen_address("[fe80::1%eth0]:1")->host, "fe80::1%eth0");
  EXPECT_EQ(parse_listen_address("[::ffff:0.0.0.0]:1")->host, "0.0.0.0");
  EXPECT_EQ(parse_listen_address("[::ffff:7f00:1]:1")->host, "127.0.0.1");
}

TEST(ParseListenAddress, RefusesWhatIsNoAddress) {
  for (const std::string text : {"",
                                 "10880",
                                 "localhost",
                                 "host:",
                                 "host:x",
                                 "host:-1",
                                 "host:-0",
                                 "host:+80",
                                 "host:65536",
                                 "host: 80",
                                 "host:80 ",
                                 ":http",
                                 ":0x50",
                                 "host:80/",
                                 "::1:80",
                                 ":::80",
                                 "a:b:80",
                                 "unix:/tmp/x",
                                 "/tmp/x.sock",
                                 "http://127.0.0.1:80",
                                 "127.0.0.1:18446744073709551696",
                                 "[::1]80",
                                 "[::1:80",
                                 "::1]:80"}) {
    EXPECT_EQ(refusal(text),
              "'" + text + "' is no listen address such as :10880 or 127.0.0.1:10880");
  }
}

TEST(ParseListenAddress, SaysWhatIsWrongWithTheHost) {
  const auto why = [](const std::string& host) {
    const std::string message = refusal(host + ":80");
    const std::string begin = "' is no listen address: ";
    const std::size_t at = message.find(begin);
    return at == std::string::npos ? message : message.substr(at + begin.size());
  };
  for (const char* host :
       {"[]", "[*]", "[localhost]", "[127.0.0.1]", "[[::1]]", "[::1", "[ ::1]"}) {
    EXPECT_NE(why(host), "accepted as " + std::string(host)) << host;
  }
  EXPECT_EQ(why("[localhost]"), "there is no IPv6 address in the brackets");
  EXPECT_EQ(why(std::string("[::1\0b]", 7)), "there is no IPv6 address in the brackets");
  for (const char* host : {"fe80::1", "::1%lo", "fe80::1%", "fe80::1%a/b",
                           "fe80::1%0123456789abcdef", "fe80::1%a%b"}) {
    EXPECT_EQ(why("[" + std::string(host) + "]"),
              "a link-local address, and no other one, has a zone, as in [fe80::1%eth0]")
        << host;
  }
  for (const char* host : {"0", "127.1", "0x7f000001", "0X7f.1", "2130706433", "010.0.0.1",
                           "256.0.0.1", "1.2.3.4.5", "127.0.0.1.", "host.8"}) {
    EXPECT_EQ(why(host), "an IPv4 address has four decimal numbers, as in 127.0.0.1") << host;
  }
  const std::string no_host = "there is neither an address nor the name of a host before the port";
  for (const std::string& host :
       {std::string("/tmp/x"), std::string("@x"), std::string("**"), std::string("a b"),
        std::string("127.0.0.1 "), std::string("127.0.0.1\0b", 11), std::string("127.0.0.1%lo"),
        std::string("caf\xC3\xA9"), std::string("\xFF"), std::string("user@host"),
        std::string(254, 'a')}) {
    EXPECT_EQ(why(host), no_host) << host;
  }
  for (const char* host : {"224.0.0.1", "255.255.255.255", "[::ffff:224.0.0.1]"}) {
    EXPECT_EQ(why(host), "nobody can connect to a multicast or broadcast address") << host;
  }
  EXPECT_EQ(why("[ff02::1%eth0]"), "nobody can connect to a multicast address");
}

TEST(AddListenAddress, RefusesWhatIsServedAlready) {
  EXPECT_EQ(trouble_of("127.0.0.1:1", "127.0.0.1:1"),
            "127.0.0.1:1 and 127.0.0.1:1 are the same address, or one is part of the other, "
            "expected one of them");
  EXPECT_EQ(trouble_of("[::1]:1", ":1"),
            "[::1]:1 and :1 are the same address, or one is part of the other, "
            "expected one of them");
  for (const auto& [one, other] : {std::pair{":1", "127.0.0.1:1"},
                                   {"127.0.0.1:1", "*:1"},
                                   {":1", "*:1"},
                                   {":1", "[::]:1"},
                                   {"0.0.0.0:1", "[::]:1"},
                                   {"0.0.0.0:1", "127.0.0.1:1"},
                                   {"127.0.0.2:1", "0.0.0.0:1"},
                                   {"[::]:1", "localhost:1"},
                                   {"[::ffff:127.0.0.1]:1", "127.0.0.1:1"}}) {
    EXPECT_NE(trouble_of(one, other), "") << one << " " << other;
  }
}

TEST(AddListenAddress, TakesWhatIsServedBesideEachOther) {
  for (const auto& [one, other] : {std::pair{":1", ":2"},
                                   {"127.0.0.1:1", "[::1]:1"},
                                   {"0.0.0.0:1", "[::1]:1"},
                                   {"127.0.0.1:1", "127.0.0.2:1"},
                                   {"127.0.0.1:0", "127.0.0.1:0"},
                                   {":0", "127.0.0.1:0"}}) {
    EXPECT_EQ(trouble_of(one, other), "") << one << " " << other;
  }
}

}  // namespace
}  // namespace everai::config
