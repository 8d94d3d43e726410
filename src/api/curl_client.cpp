#include "api/curl_client.hpp"

#include <map>
#include <utility>

#include "api/http_text.hpp"

namespace everai::api {
namespace {

class CurlClient final : public Client {
 public:
  explicit CurlClient(std::unique_ptr<CurlTransport> transport)
      : transport_(std::move(transport)) {}

  void start(ListingRequest request) override {
    kinds_[request.id] = request.kind;
    transport_->start({.id = request.id,
                       .account = std::move(request.account),
                       .title = title_of(request.kind),
                       .target = listing_target(request.app, request.kind, request.recent_days),
                       .json = std::nullopt,
                       .deadline = request.deadline});
  }

  std::vector<ListingAnswer> wait(SteadyTime until) override {
    std::vector<ListingAnswer> answers;
    for (HttpAnswer& answer : transport_->wait(until)) {
      const auto kind = kinds_.find(answer.id);
      answers.push_back(
          {answer.id, kind->second, answer.http_status, answer.duration, std::move(answer.body)});
      kinds_.erase(kind);
    }
    return answers;
  }

  void wake() override { transport_->wake(); }

  void renew() override { transport_->renew(); }

 private:
  std::unique_ptr<CurlTransport> transport_;
  std::map<std::uint64_t, ListingKind> kinds_;  ///< of the open requests
};

}  // namespace

Result<std::unique_ptr<Client>> make_curl_client(CurlOptions options, const Clock& clock) {
  auto transport = CurlTransport::make(std::move(options), clock);
  if (!transport) {
    return tl::unexpected(transport.error());
  }
  return std::make_unique<CurlClient>(std::move(*transport));
}

}  // namespace everai::api
