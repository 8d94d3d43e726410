#include "web/listen.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "config/listen_address.hpp"
#include "util/freer.hpp"
#include "util/unique_fd.hpp"

namespace everai::web {
namespace {

/// Whether a socket of this machine can have the address, at whatever port.
bool is_ours(const addrinfo& found) {
  const UniqueFd socket(::socket(found.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // The port is 0, as no service was asked for.
  return socket && ::bind(socket.get(), found.ai_addr, found.ai_addrlen) == 0;
}

std::string number_of(const addrinfo& found) {
  std::array<char, NI_MAXHOST> text{};
  const int error = ::getnameinfo(found.ai_addr, found.ai_addrlen, text.data(), text.size(),
                                  nullptr, 0, NI_NUMERICHOST);
  return error == 0 ? text.data() : "";
}

}  // namespace

Result<std::vector<std::string>> resolve(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &wanted, &first);
  if (error != 0) {
    return fail(ErrorCode::kSystem, error == EAI_SYSTEM ? std::generic_category().message(errno)
                                                        : ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, Freer<&::freeaddrinfo>> all(first);
  std::vector<std::string> ours;
  std::vector<std::string> others;
  for (const addrinfo* found = all.get(); found != nullptr; found = found->ai_next) {
    std::vector<std::string>& list = is_ours(*found) ? ours : others;
    std::string number = number_of(*found);
    if (std::find(list.begin(), list.end(), number) == list.end()) {
      list.push_back(std::move(number));
    }
  }
  return ours.empty() ? std::move(others) : std::move(ours);
}

Result<std::vector<std::unique_ptr<Server>>> serve_at(const config::ListenAddress& address,
                                                      const Handlers& handlers) {
  std::vector<std::string> hosts{""};
  if (!address.host.empty()) {
    Result<std::vector<std::string>> found = resolve(address.host);
    if (!found) {
      return fail(found.error().code, fmt::format("listen on {}: {}", config::to_string(address),
                                                  found.error().message));
    }
    hosts = std::move(*found);
  }
  std::vector<std::unique_ptr<Server>> servers;
  for (const std::string& host : hosts) {
    Result<std::unique_ptr<Server>> server = Server::start(host, address.port, handlers);
    if (!server) {
      return tl::unexpected(server.error());
    }
    servers.push_back(std::move(*server));
  }
  return servers;
}

}  // namespace everai::web
