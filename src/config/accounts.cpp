#include "config/accounts.hpp"

#include <map>

namespace everai::config {

void share_accounts(const Config& from, Config& to) {
  Accounts accounts;
  std::set<std::shared_ptr<const api::Account>> known;
  for (const AppConfig& app : from.apps) {
    if (known.insert(app.account).second) {
      accounts.share(app.account);
    }
  }
  // One look for each account, not for each app.
  std::map<std::shared_ptr<const api::Account>, std::shared_ptr<const api::Account>> shared;
  for (AppConfig& app : to.apps) {
    auto& account = shared[app.account];
    if (account == nullptr) {
      account = accounts.share(app.account);
    }
    app.account = account;
  }
}

}  // namespace everai::config
