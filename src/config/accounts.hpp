#pragma once

#include <memory>
#include <set>

#include "api/account.hpp"
#include "config/config.hpp"

namespace everai::config {

/// Accounts, each once. Not thread-safe.
class Accounts {
 public:
  /// @return the account that is here already, if it is the same in all; else this one, which is
  ///         here from now on.
  std::shared_ptr<const api::Account> share(std::shared_ptr<const api::Account> account) {
    return *accounts_.insert(std::move(account)).first;
  }

 private:
  struct ByContent {
    bool operator()(const std::shared_ptr<const api::Account>& one,
                    const std::shared_ptr<const api::Account>& other) const {
      return *one < *other;
    }
  };
  std::set<std::shared_ptr<const api::Account>, ByContent> accounts_;
};

/// Gives the apps of a configuration the accounts of another one that are the same, so that nobody
/// needs to compare what is in them, which may be many certificates.
void share_accounts(const Config& from, Config& to);

}  // namespace everai::config
