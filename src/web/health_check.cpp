#include "web/health_check.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <memory>
#include <string_view>

#include "config/listen_address.hpp"
#include "util/freer.hpp"
#include "util/text.hpp"
#include "web/handlers.hpp"

namespace everai::web {
namespace {

constexpr std::size_t kMaxAnswerBytes = 1024;
constexpr std::size_t kShownBytes = 80;

/// libcurl's callback: any count but the given one ends the transfer.
std::size_t on_body(char* data, std::size_t /*one*/, std::size_t bytes, void* user) {
  auto& answer = *static_cast<std::string*>(user);
  if (answer.size() + bytes > kMaxAnswerBytes) {
    return 0;
  }
  answer.append(data, bytes);
  return bytes;
}

}  // namespace

std::string health_url(const config::ListenAddress& address) {
  // Of the two loopbacks this is the one that every address has, with IPv6 or without.
  std::string host = address.host.empty() || address.host == "0.0.0.0" ? "127.0.0.1" : address.host;
  if (host == "::") {
    host = "::1";
  }
  // A URL has the zone of an address behind an encoded percent sign (RFC 6874).
  if (const std::size_t percent = host.find('%'); percent != std::string::npos) {
    host.insert(percent + 1, "25");
  }
  return fmt::format("http://{}{}", config::to_string({host, address.port}), kHealthyPath);
}

Result<void> check_health(const config::ListenAddress& address, std::chrono::milliseconds timeout) {
  const std::string url = health_url(address);
  const auto fail = [&url](ErrorCode code, std::string_view why) {
    return everai::fail(code, fmt::format("{}: {}", printable(url), why));
  };
  if (address.port == 0) {
    return fail(ErrorCode::kUsage, "port 0 means any, expected the one that the exporter has");
  }
  const std::unique_ptr<CURL, Freer<&curl_easy_cleanup>> easy(curl_easy_init());
  if (easy == nullptr) {
    return fail(ErrorCode::kSystem, "libcurl cannot be set up");
  }
  std::string answer;
  std::array<char, CURL_ERROR_SIZE> detail{};
  const long milliseconds = timeout.count();
  const auto set = [&easy](CURLoption option, auto value) {
    return curl_easy_setopt(easy.get(), option, value) == CURLE_OK;
  };
  const bool ready = set(CURLOPT_URL, url.c_str()) && set(CURLOPT_PROTOCOLS_STR, "http") &&
                     set(CURLOPT_PROXY, "") && set(CURLOPT_NOSIGNAL, 1L) &&
                     set(CURLOPT_TIMEOUT_MS, milliseconds) &&
                     set(CURLOPT_WRITEFUNCTION, &on_body) && set(CURLOPT_WRITEDATA, &answer) &&
                     set(CURLOPT_ERRORBUFFER, detail.data());
  if (!ready) {
    return fail(ErrorCode::kSystem, "libcurl cannot be set up");
  }
  const CURLcode result = curl_easy_perform(easy.get());
  if (result != CURLE_OK) {
    const char* why = detail.front() == '\0' ? curl_easy_strerror(result) : detail.data();
    return fail(result == CURLE_OPERATION_TIMEDOUT ? ErrorCode::kTimeout : ErrorCode::kConnect,
                presentable(why));
  }
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  // Another program may have the port, and answer everything with 200.
  if (status != 200 || answer != kHealthyAnswer) {
    return fail(ErrorCode::kPayload,
                fmt::format("status {}: {}", status,
                            printable(answer.substr(0, answer.find('\n')), kShownBytes)));
  }
  return {};
}

}  // namespace everai::web
