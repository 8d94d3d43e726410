#include "api/curl_transport.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <utility>

#include "api/certificate_files.hpp"
#include "api/error_body.hpp"
#include "api/http_text.hpp"
#include "api/known_secrets.hpp"
#include "api/token.hpp"
#include "util/freer.hpp"
#include "util/redact.hpp"
#include "util/text.hpp"
#include "util/unique_fd.hpp"

namespace everai::api {
namespace {

using std::chrono::milliseconds;

/// Most bytes of header that an answer may have, all lines together.
constexpr std::size_t kMaxHeaderBytes = 256UL * 1024;
constexpr std::chrono::seconds kLongestRetryAfter = std::chrono::hours(24);
constexpr milliseconds kLongestPoll = std::chrono::minutes(1);
/// The same while there is more than one pool: libcurl waits for the sockets of one.
constexpr milliseconds kPollOfManyPools{20};
constexpr const char* kAccept = "Accept: application/json";

using Easy = std::unique_ptr<CURL, Freer<&curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Freer<&curl_multi_cleanup>>;
using HeaderList = std::unique_ptr<curl_slist, Freer<&curl_slist_free_all>>;
using Url = std::unique_ptr<CURLU, Freer<&curl_url_cleanup>>;
using CurlText = std::unique_ptr<char, Freer<&curl_free>>;

/// Sets options and remembers the first that was refused.
class Options {
 public:
  explicit Options(CURL* easy) : easy_(easy) {}

  // libcurl reads a long or a pointer off its variable arguments, whatever was meant.
  Options& set(CURLoption option, long value) { return set_any(option, value); }
  template <typename T>
  Options& set(CURLoption option, T* value) {
    return set_any(option, value);
  }
  [[nodiscard]] CURLcode result() const { return result_; }

 private:
  template <typename T>
  Options& set_any(CURLoption option, T value) {
    if (result_ == CURLE_OK) {
      result_ = curl_easy_setopt(easy_, option, value);
    }
    return *this;
  }

  CURL* easy_;
  CURLcode result_ = CURLE_OK;
};

/// A handle with all options set that are the same for each request of an account.
struct AccountEasy {
  std::shared_ptr<const Account> account;  ///< first: the handle points into it
  Easy easy;
};

/// Connections and looked-up addresses that requests may share.
struct Pool {
  Multi multi;
  SteadyTime made;
  std::size_t open = 0;  ///< requests under way
};

/// A request under way, with what came of its answer so far.
struct Transfer {
  HttpRequest request;
  Pool* pool = nullptr;  ///< whose multi handle has the easy one
  SteadyTime started;
  Secret token;             ///< what it bears
  HeaderList post_headers;  ///< of a POST
  Easy easy;                ///< points into the request's account
  PaddedText body;          ///< of a status 200
  std::string error_body;   ///< the front of any other's
  std::size_t header_bytes = 0;
  std::optional<Timestamp> date;
  std::vector<std::string> retry_after;  ///< the values of each `Retry-After`
  bool sent = false;                     ///< its first byte may have left
  bool repeated = false;                 ///< it is sent for the second time
  std::string too_large;                 ///< what is too large
  std::array<char, CURL_ERROR_SIZE> detail{};
};

int status_of(CURL* easy) {
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

std::optional<Timestamp> parse_date(std::string_view value) {
  constexpr auto kLimit = std::chrono::floor<std::chrono::seconds>(kTimeLimit);
  const std::chrono::sys_seconds time(
      std::chrono::seconds(curl_getdate(std::string(value).c_str(), nullptr)));
  if (time.time_since_epoch().count() <= 0 || time >= kLimit) {
    return std::nullopt;
  }
  return time;
}

/// libcurl's callback once there is a connection, with TLS and a tunnel if they belong to it, and
/// before a byte of the request goes over it. A POST that may have left already is not sent again.
int on_connection(void* user, char* /*peer*/, char* /*own*/, int /*peer_port*/, int /*own_port*/) {
  auto& transfer = *static_cast<Transfer*>(user);
  const bool sent = std::exchange(transfer.sent, true);
  return sent && transfer.request.json ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

// libcurl's callbacks for what comes: any count but the given one ends the transfer.

std::size_t on_header(char* data, std::size_t /*one*/, std::size_t bytes, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view line(data, bytes);
  transfer.header_bytes += bytes;
  if (transfer.header_bytes > kMaxHeaderBytes) {
    transfer.too_large = fmt::format("header over {} KiB", kMaxHeaderBytes / 1024);
    return 0;
  }
  if (line.starts_with("HTTP/")) {
    // What came before it was an interim answer, such as 103.
    transfer.date.reset();
    transfer.retry_after.clear();
  }
  if (const auto date = header_value(line, "date")) {
    transfer.date = parse_date(*date);
  }
  if (const auto retry_after = header_value(line, "retry-after")) {
    transfer.retry_after.emplace_back(*retry_after);
  }
  return bytes;
}

std::size_t on_body(char* data, std::size_t /*one*/, std::size_t bytes, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view piece(data, bytes);
  if (status_of(transfer.easy.get()) != 200) {
    const std::size_t room = kErrorBodyBytes - transfer.error_body.size();
    transfer.error_body += piece.substr(0, room);
    // The rest, if any, is not worth reading: the status has said enough.
    return bytes > room ? 0 : bytes;
  }
  if (transfer.body.size() + bytes > kMaxBodyBytes) {
    transfer.too_large = fmt::format("body over {} MiB", kMaxBodyBytes / (1024UL * 1024));
    return 0;
  }
  transfer.body.append(piece);
  return bytes;
}

ErrorCode code_of(CURLcode result) {
  switch (result) {
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorCode::kTimeout;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_USE_SSL_FAILED:
      return ErrorCode::kTls;
    case CURLE_PARTIAL_FILE:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:  // an answer without a status line, which HTTP/0.9 allowed
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return ErrorCode::kPayload;
    case CURLE_FILESIZE_EXCEEDED:
    case CURLE_OUT_OF_MEMORY:  // how libcurl before 8.6 says that a header line is too long
#if LIBCURL_VERSION_NUM >= 0x080600
    case CURLE_TOO_LARGE:
#endif
      return ErrorCode::kTooLarge;
    default:
      return ErrorCode::kConnect;
  }
}

std::string_view meaning_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kTimeout:
      return "no whole answer by the deadline";
    case ErrorCode::kTls:
      return "tls failed";
    case ErrorCode::kProxyAuth:
      return "the proxy asks for a user and a password";
    case ErrorCode::kBlocked:
      return "the proxy does not let the request through";
    case ErrorCode::kPayload:
      return "answer cut off or malformed";
    case ErrorCode::kTooLarge:
      return "answer too large";
    default:
      return "no answer";
  }
}

std::vector<Secret> secrets_of(const Transfer& transfer) {
  return known_secrets(*transfer.request.account, transfer.token);
}

/// Whether a body may be the platform's JSON, and not only something to be shown.
bool may_be_json(const PaddedText& body) {
  const std::string_view text = without_byte_order_mark(body.view());
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  return start == std::string_view::npos || text[start] == '{';
}

/// What a 200 has that is not the platform's JSON: it may repeat what the request bore.
Result<PaddedText> look_at_other_body(const Transfer& transfer) {
  const std::string_view text = transfer.body.view().substr(0, kErrorBodyBytes);
  const std::vector<Secret> secrets = secrets_of(transfer);
  if (std::optional<Error> page = error_of_page(text, secrets)) {
    return tl::unexpected(std::move(*page));
  }
  return PaddedText(without_secrets(text, secrets));
}

/// Whether a transfer ended like this for want of a connection, and not for what came over it.
bool is_end_of_connection(CURLcode result) {
  switch (result) {
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

/// The host of the URL that an answer leads to, empty if to none: the rest of it may hold secrets.
std::string redirect_host(const Transfer& transfer) {
  const char* target = nullptr;
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_REDIRECT_URL, &target);
  if (target == nullptr) {
    return "";
  }
  const Url url(curl_url());
  char* host = nullptr;
  if (curl_url_set(url.get(), CURLUPART_URL, target, 0) != CURLUE_OK ||
      curl_url_get(url.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK) {
    return "an invalid URL";
  }
  return printable(without_secrets(CurlText(host).get(), secrets_of(transfer)), 100);
}

/// How long a `Retry-After` asks to wait: a number of seconds, or a date by the clock of who sent
/// it.
/// @return a second to kLongestRetryAfter; nothing if it asks for none, or is neither.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, Timestamp now) {
  constexpr std::string_view kBlank = " \t\r\n";
  value.remove_prefix(std::min(value.find_first_not_of(kBlank), value.size()));
  value = value.substr(0, value.find_last_not_of(kBlank) + 1);
  std::chrono::seconds wait{0};
  if (value.find_first_not_of("0123456789") != std::string_view::npos) {
    const std::optional<Timestamp> date = parse_date(value);
    wait = date ? std::chrono::ceil<std::chrono::seconds>(*date - now) : wait;
  } else if (const auto digits = value.find_first_not_of('0'); digits != std::string_view::npos) {
    std::int64_t seconds = 0;
    const char* const end = value.data() + value.size();
    const bool fits = std::from_chars(value.data() + digits, end, seconds).ec == std::errc{};
    wait = fits ? std::chrono::seconds(std::min<std::int64_t>(seconds, kLongestRetryAfter.count()))
                : kLongestRetryAfter;
  }
  if (wait.count() <= 0) {
    return std::nullopt;
  }
  return std::min(wait, kLongestRetryAfter);
}

/// Of several `Retry-After` the longest.
/// @param now  by our clock, for an answer without a `Date`.
std::optional<std::chrono::seconds> retry_after_of(const Transfer& transfer, Timestamp now) {
  std::optional<std::chrono::seconds> longest;
  for (const std::string& value : transfer.retry_after) {
    longest = std::max(longest, parse_retry_after(value, transfer.date.value_or(now)));
  }
  return longest;
}

Error status_error(const Transfer& transfer, int status, Timestamp now) {
  Error error = error_of_status(status, transfer.error_body, secrets_of(transfer));
  if (const std::string host = redirect_host(transfer); !host.empty()) {
    error = {ErrorCode::kRedirect,
             fmt::format("status {}: redirect to {} not followed", status, host)};
  }
  error.retry_after = retry_after_of(transfer, now);
  return error;
}

/// How a proxy refused to let a request through to an `https://` endpoint; nothing if it did not.
std::optional<ErrorCode> code_of_proxy(const Transfer& transfer) {
  long status = 0;
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_HTTP_CONNECTCODE, &status);
  if (status == 407) {
    return ErrorCode::kProxyAuth;
  }
  // From 500 on it did not get through itself.
  return status >= 300 && (status < 500 || status == 511) ? std::optional(ErrorCode::kBlocked)
                                                          : std::nullopt;
}

Error transfer_error(const Transfer& transfer, CURLcode result) {
  if (!transfer.too_large.empty()) {
    return {ErrorCode::kTooLarge, transfer.too_large};
  }
  const ErrorCode code = code_of_proxy(transfer).value_or(code_of(result));
  const std::string_view detail(transfer.detail.data());
  return {code,
          fmt::format("{}: {}", meaning_of(code),
                      printable(detail.empty() ? curl_easy_strerror(result)
                                               : without_secrets(detail, secrets_of(transfer))))};
}

/// What came of a transfer that ended.
/// @param now  by our clock.
Result<HttpBody> body_of(Transfer& transfer, int status, CURLcode result, Timestamp now) {
  if (status >= 200 && status != 200) {
    return tl::unexpected(status_error(transfer, status, now));
  }
  if (result != CURLE_OK) {
    return tl::unexpected(transfer_error(transfer, result));
  }
  Result<PaddedText> text = may_be_json(transfer.body)
                                ? Result<PaddedText>(std::move(transfer.body))
                                : look_at_other_body(transfer);
  return std::move(text).map([&transfer](PaddedText body) {
    return HttpBody{std::move(body), transfer.date, secrets_of(transfer)};
  });
}

Error titled(const HttpRequest& request, Error error) {
  error.message.insert(0, fmt::format("{}: ", request.title));
  return error;
}

/// A text for libcurl, which does not copy it.
curl_blob blob_of(const std::string& text) {
  // libcurl only reads it.
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};  // NOLINT(*-const-cast)
}

/// How long until a time, for libcurl, to which 0 means something else.
long milliseconds_until(SteadyTime time, SteadyTime now) {
  const auto rest = std::chrono::floor<milliseconds>(time - now);
  return std::clamp<long>(rest.count(), 1, std::numeric_limits<int>::max());
}

}  // namespace

class CurlTransport::Impl {
 public:
  Impl(CurlOptions options, const Clock& clock)
      : options_(std::move(options)),
        clock_(clock),
        certificate_files_(clock),
        wakeup_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        headers_(curl_slist_append(nullptr, kAccept)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  Impl(Impl&&) = delete;
  Impl& operator=(Impl&&) = delete;
  ~Impl() {
    for (const auto& transfer : open_) {
      curl_multi_remove_handle(transfer->pool->multi.get(), transfer->easy.get());
    }
  }

  /// @return kSystem if libcurl refuses an option.
  [[nodiscard]] Result<void> set_up();

  void start(HttpRequest request);
  std::vector<HttpAnswer> wait(SteadyTime until);
  void wake() const { eventfd_write(wakeup_.get(), 1); }
  void renew() {
    outdated_ = true;
    certificate_files_.clear();
  }

 private:
  [[nodiscard]] CURLcode set_always(CURL* easy, const Account& account) const;
  [[nodiscard]] CURLcode set_for(Transfer& transfer) const;
  [[nodiscard]] bool open_pool();
  void close_old_pools();
  [[nodiscard]] bool send(Transfer& transfer);
  [[nodiscard]] bool repeat(std::unique_ptr<Transfer>& transfer, CURLcode result);
  [[nodiscard]] bool take_wakeup() const;
  void poll_for(milliseconds time) const;
  Easy take_easy(const HttpRequest& request);
  void keep_easy(Transfer& transfer);
  void take_answers(const Pool& pool);
  void end_overdue();
  std::unique_ptr<Transfer> close(CURL* easy);
  void answer(Transfer& transfer, CURLcode result);
  void refuse(const HttpRequest& request, Error error);
  [[nodiscard]] SteadyTime earliest_deadline(SteadyTime until) const;

  CurlOptions options_;
  const Clock& clock_;
  CertificateFiles certificate_files_;
  UniqueFd wakeup_;  ///< an eventfd, readable once `wake` was called
  HeaderList headers_;
  std::vector<std::unique_ptr<Pool>> pools_;  ///< the one for new requests at the end
  bool outdated_ = false;                     ///< that one is not to be used any more
  std::vector<AccountEasy> idle_;             ///< the one used last at the end
  std::vector<std::unique_ptr<Transfer>> open_;
  std::vector<HttpAnswer> ready_;
};

Result<void> CurlTransport::Impl::set_up() {
  if (!wakeup_ || headers_ == nullptr || !open_pool()) {
    return fail(ErrorCode::kSystem, "libcurl's multi handle cannot be set up");
  }
  const Easy easy(curl_easy_init());
  const CURLcode result = easy == nullptr ? CURLE_FAILED_INIT : set_always(easy.get(), Account{});
  if (result != CURLE_OK) {
    return fail(ErrorCode::kSystem,
                fmt::format("libcurl cannot be set up: {}", curl_easy_strerror(result)));
  }
  return {};
}

/// Makes the pool for requests from now on. An old one goes with its last request.
bool CurlTransport::Impl::open_pool() {
  const auto connections = static_cast<long>(options_.max_connections);
  auto pool = std::make_unique<Pool>(Pool{Multi(curl_multi_init()), clock_.steady_now()});
  CURLM* multi = pool->multi.get();
  if (multi == nullptr ||
      curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections) != CURLM_OK ||
      curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections) != CURLM_OK ||
      curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections) != CURLM_OK) {
    return false;
  }
  pools_.push_back(std::move(pool));
  outdated_ = false;
  return true;
}

void CurlTransport::Impl::close_old_pools() {
  const auto last = std::prev(pools_.end());
  pools_.erase(
      std::remove_if(pools_.begin(), last, [](const auto& pool) { return pool->open == 0; }), last);
}

CURLcode CurlTransport::Impl::set_always(CURL* easy, const Account& account) const {
  Options options(easy);
  options
      .set(CURLOPT_NOSIGNAL, 1L)
      // Does not wait for a resolver thread that hangs.
      .set(CURLOPT_QUICK_EXIT, 1L)
      .set(CURLOPT_TCP_KEEPALIVE, 1L)
      .set(CURLOPT_PROTOCOLS_STR, "http,https")
      .set(CURLOPT_FOLLOWLOCATION, 0L)
      .set(CURLOPT_UNRESTRICTED_AUTH, 0L)
      .set(CURLOPT_NETRC, CURL_NETRC_IGNORED)
      // libcurl reads CONNECT's answer too, which is not the platform's.
      .set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L)
      .set(CURLOPT_PATH_AS_IS, 1L)
      .set(CURLOPT_SSL_VERIFYPEER, 1L)
      .set(CURLOPT_SSL_VERIFYHOST, 2L)
      .set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
      .set(CURLOPT_ACCEPT_ENCODING, "")
      .set(CURLOPT_MAXFILESIZE, static_cast<long>(kMaxBodyBytes))
      .set(CURLOPT_USERAGENT, options_.user_agent.c_str())
      .set(CURLOPT_HTTPHEADER, headers_.get())
      .set(CURLOPT_HEADEROPT, CURLHEADER_SEPARATE)
      .set(CURLOPT_PREREQFUNCTION, &on_connection)
      .set(CURLOPT_HEADERFUNCTION, &on_header)
      .set(CURLOPT_WRITEFUNCTION, &on_body);
  if (!account.authorities_pem.empty()) {
    curl_blob authorities = blob_of(account.authorities_pem);
    options.set(CURLOPT_CAINFO_BLOB, &authorities)
        .set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  if (!account.certificate_pem.empty()) {
    curl_blob certificate = blob_of(account.certificate_pem);
    curl_blob key = blob_of(account.key_pem.reveal());
    options.set(CURLOPT_SSLCERT_BLOB, &certificate).set(CURLOPT_SSLKEY_BLOB, &key);
  }
  // libcurl reads no proxy off the environment and no password off a URL: where it cannot make
  // sense of them it shows them in its message, or connects without the proxy.
  options.set(CURLOPT_PROXY, account.proxy.url.c_str()).set(CURLOPT_NOPROXY, "");
  if (!account.proxy.credentials.empty()) {
    options.set(CURLOPT_PROXYUSERPWD, account.proxy.credentials.reveal().c_str());
  }
  return options.result();
}

CURLcode CurlTransport::Impl::set_for(Transfer& transfer) const {
  const long rest = milliseconds_until(transfer.request.deadline, clock_.steady_now());
  Options options(transfer.easy.get());
  options.set(CURLOPT_URL, (transfer.request.account->endpoint + transfer.request.target).c_str())
      .set(CURLOPT_TIMEOUT_MS, rest)
      .set(CURLOPT_CONNECTTIMEOUT_MS, rest)
      .set(CURLOPT_ERRORBUFFER, transfer.detail.data())
      .set(CURLOPT_PRIVATE, &transfer)
      .set(CURLOPT_PREREQDATA, &transfer)
      .set(CURLOPT_HEADERDATA, &transfer)
      .set(CURLOPT_WRITEDATA, &transfer)
      .set(CURLOPT_FRESH_CONNECT, transfer.repeated ? 1L : 0L);
  // As a bearer token and not as a header: libcurl gives it to the endpoint's host alone.
  const char* bearer = transfer.token.empty() ? nullptr : transfer.token.reveal().c_str();
  options.set(CURLOPT_XOAUTH2_BEARER, bearer)
      .set(CURLOPT_HTTPAUTH,
           static_cast<long>(bearer == nullptr ? CURLAUTH_NONE : CURLAUTH_BEARER));
  if (const std::optional<std::string>& json = transfer.request.json) {
    transfer.post_headers.reset(
        curl_slist_append(curl_slist_append(nullptr, kAccept), "Content-Type: application/json"));
    options.set(CURLOPT_POSTFIELDS, json->c_str())
        .set(CURLOPT_POSTFIELDSIZE, static_cast<long>(json->size()))
        .set(CURLOPT_HTTPHEADER, transfer.post_headers.get())
        // Over HTTP/2 libcurl sends again what a server refuses.
        .set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        .set(CURLOPT_FRESH_CONNECT, 1L)
        .set(CURLOPT_FORBID_REUSE, 1L);
  }
  return options.result();
}

/// A kept handle, but for a POST a new one: libcurl remembers in a handle that a server refused its
/// request, and sends the next one again for that.
/// @return null if libcurl refuses.
Easy CurlTransport::Impl::take_easy(const HttpRequest& request) {
  const std::shared_ptr<const Account>& account = request.account;
  const auto found = std::find_if(idle_.rbegin(), idle_.rend(), [&account](const AccountEasy& one) {
    return one.account == account;
  });
  if (found != idle_.rend() && !request.json) {
    Easy easy = std::move(found->easy);
    idle_.erase(std::next(found).base());
    return easy;
  }
  Easy easy(curl_easy_init());
  return easy != nullptr && set_always(easy.get(), *account) == CURLE_OK ? std::move(easy)
                                                                         : nullptr;
}

/// Keeps the handle of a GET for the next request of its account. Those of accounts that are not
/// used any more get old and go.
void CurlTransport::Impl::keep_easy(Transfer& transfer) {
  if (transfer.request.json) {
    return;
  }
  if (idle_.size() >= options_.max_connections) {
    idle_.erase(idle_.begin());
  }
  idle_.push_back({transfer.request.account, std::move(transfer.easy)});
}

void CurlTransport::Impl::start(HttpRequest request) {
  if (request.deadline <= clock_.steady_now()) {
    refuse(request, {ErrorCode::kTimeout, "the deadline passed before the request was sent"});
    return;
  }
  if (options_.follow_certificate_files) {
    request.account = certificate_files_.current(request.account);
  }
  const Account& account = *request.account;
  const Result<Secret> token =
      account.token_file.empty() ? account.token : load_token(account.token_file);
  if (!token) {
    refuse(request, {ErrorCode::kUnauthorized, token.error().message});
    return;
  }
  auto transfer = std::make_unique<Transfer>();
  transfer->request = std::move(request);
  transfer->started = clock_.steady_now();
  transfer->token = *token;
  transfer->easy = take_easy(transfer->request);
  if (transfer->easy == nullptr || !send(*transfer)) {
    refuse(transfer->request, {ErrorCode::kConnect, "libcurl refused the request"});
    return;
  }
  open_.push_back(std::move(transfer));
}

/// Hands a transfer to libcurl. A pool that is too old is replaced by a new one; if that cannot be
/// made, for want of memory say, it does for a while.
bool CurlTransport::Impl::send(Transfer& transfer) {
  const SteadyTime age_limit = pools_.back()->made + options_.max_connection_age;
  if ((outdated_ || clock_.steady_now() >= age_limit) && !open_pool()) {
    outdated_ = true;
  }
  transfer.pool = pools_.back().get();
  if (set_for(transfer) != CURLE_OK ||
      curl_multi_add_handle(transfer.pool->multi.get(), transfer.easy.get()) != CURLM_OK) {
    return false;
  }
  ++transfer.pool->open;
  return true;
}

/// Sends a GET a second time, over a connection of its own, if the first time went to a kept one
/// that the server had closed: it then ended before a byte of an answer came.
bool CurlTransport::Impl::repeat(std::unique_ptr<Transfer>& transfer, CURLcode result) {
  long new_connections = 0;
  curl_easy_getinfo(transfer->easy.get(), CURLINFO_NUM_CONNECTS, &new_connections);
  if (!is_end_of_connection(result) || new_connections > 0 || transfer->header_bytes > 0 ||
      transfer->repeated || transfer->request.json ||
      transfer->request.deadline <= clock_.steady_now()) {
    return false;
  }
  transfer->repeated = true;
  transfer->detail.front() = '\0';
  if (!send(*transfer)) {
    return false;
  }
  open_.push_back(std::move(transfer));
  return true;
}

std::vector<HttpAnswer> CurlTransport::Impl::wait(SteadyTime until) {
  for (;;) {
    // By number: to repeat a request may take a new pool.
    // NOLINTNEXTLINE(modernize-loop-convert)
    for (std::size_t i = 0; i < pools_.size(); ++i) {
      int running = 0;
      curl_multi_perform(pools_[i]->multi.get(), &running);
      take_answers(*pools_[i]);
    }
    end_overdue();
    close_old_pools();
    const SteadyTime now = clock_.steady_now();
    if (take_wakeup() || !ready_.empty() || now >= until) {
      return std::exchange(ready_, {});
    }
    // Rounded up: else the last millisecond would be spent spinning.
    poll_for(std::chrono::ceil<milliseconds>(earliest_deadline(until) - now));
  }
}

void CurlTransport::Impl::poll_for(milliseconds time) const {
  const milliseconds longest = pools_.size() > 1 ? kPollOfManyPools : kLongestPoll;
  const milliseconds poll = std::clamp(time, milliseconds(0), longest);
  curl_waitfd wakeup{wakeup_.get(), CURL_WAIT_POLLIN, 0};
  curl_multi_poll(pools_.back()->multi.get(), &wakeup, 1, static_cast<int>(poll.count()), nullptr);
}

/// @return whether `wake` was called since the last time.
bool CurlTransport::Impl::take_wakeup() const {
  eventfd_t count = 0;
  return eventfd_read(wakeup_.get(), &count) == 0;
}

/// Makes answers of the transfers that libcurl has ended.
void CurlTransport::Impl::take_answers(const Pool& pool) {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(pool.multi.get(), &left)) {
    if (message->msg == CURLMSG_DONE) {
      const CURLcode result = message->data.result;
      std::unique_ptr<Transfer> transfer = close(message->easy_handle);
      if (!repeat(transfer, result)) {
        answer(*transfer, result);
        keep_easy(*transfer);
      }
    }
  }
}

/// Ends what is past its deadline. libcurl's own time limit starts when a request gets its turn,
/// which can be long after `start` if all connections are in use.
void CurlTransport::Impl::end_overdue() {
  const SteadyTime now = clock_.steady_now();
  std::vector<CURL*> overdue;
  for (const auto& transfer : open_) {
    if (transfer->request.deadline <= now) {
      overdue.push_back(transfer->easy.get());
    }
  }
  for (CURL* easy : overdue) {
    answer(*close(easy), CURLE_OPERATION_TIMEDOUT);
  }
}

/// Takes a transfer out of the open ones and of libcurl's hands.
std::unique_ptr<Transfer> CurlTransport::Impl::close(CURL* easy) {
  const auto found = std::find_if(open_.begin(), open_.end(), [easy](const auto& transfer) {
    return transfer->easy.get() == easy;
  });
  std::unique_ptr<Transfer> transfer = std::move(*found);
  curl_multi_remove_handle(transfer->pool->multi.get(), easy);
  --transfer->pool->open;
  *found = std::move(open_.back());
  open_.pop_back();
  return transfer;
}

void CurlTransport::Impl::answer(Transfer& transfer, CURLcode result) {
  const int status = status_of(transfer.easy.get());
  const auto duration =
      std::chrono::floor<std::chrono::microseconds>(clock_.steady_now() - transfer.started);
  ready_.push_back({.id = transfer.request.id,
                    .http_status = status,
                    .duration = duration,
                    .body = body_of(transfer, status, result, clock_.system_now())
                                .map_error([&transfer](Error error) {
                                  return titled(transfer.request, std::move(error));
                                }),
                    .sent = transfer.sent});
}

/// Answers a request that is not even started.
void CurlTransport::Impl::refuse(const HttpRequest& request, Error error) {
  ready_.push_back({.id = request.id,
                    .http_status = 0,
                    .duration = std::nullopt,
                    .body = tl::unexpected(titled(request, std::move(error))),
                    .sent = false});
}

SteadyTime CurlTransport::Impl::earliest_deadline(SteadyTime until) const {
  for (const auto& transfer : open_) {
    until = std::min(until, transfer->request.deadline);
  }
  return until;
}

namespace {

/// Whether libcurl is there; it is set up once and stays to the end of the process.
bool init_curl() {
  static const bool done = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return done;
}

}  // namespace

CurlTransport::CurlTransport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

CurlTransport::~CurlTransport() = default;

void CurlTransport::start(HttpRequest request) {
  impl_->start(std::move(request));
}

std::vector<HttpAnswer> CurlTransport::wait(SteadyTime until) {
  return impl_->wait(until);
}

void CurlTransport::wake() {
  impl_->wake();
}

void CurlTransport::renew() {
  impl_->renew();
}

Result<std::unique_ptr<CurlTransport>> CurlTransport::make(CurlOptions options,
                                                           const Clock& clock) {
  if (!init_curl()) {
    return fail(ErrorCode::kSystem, "libcurl cannot be initialised");
  }
  auto impl = std::make_unique<Impl>(std::move(options), clock);
  if (const auto good = impl->set_up(); !good) {
    return tl::unexpected(good.error());
  }
  return std::unique_ptr<CurlTransport>(new CurlTransport(std::move(impl)));
}

}  // namespace everai::api
