#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "api/account.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"

namespace everai::api {

/// The certificates and keys of accounts as their files have them, without a reload.
/// A file is read again when its inode, size or times have changed, once it has been left alone for
/// a second: a file that is being written may be valid by itself. What cannot be used, such as a
/// certificate without its key, changes nothing: the texts of before stay in use until the files
/// change again. The log says both, once.
/// Not thread-safe; owned by the transport.
class CertificateFiles {
 public:
  /// `clock` must outlive this.
  explicit CertificateFiles(const Clock& clock) : clock_(clock) {}

  /// The account with the texts of its files. Looks at them once a second at most.
  /// @param account  not null. @return itself for as long as the texts are those it has.
  [[nodiscard]] std::shared_ptr<const Account> current(
      const std::shared_ptr<const Account>& account);

  /// Forgets all accounts, for want of a word when one is used no more.
  void clear();

 private:
  /// What tells a file from the one that was there before; all 0: none is there.
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t bytes = 0;
    Timestamp written = {};
    Timestamp changed = {};

    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::array<Stamp, 3>;
  struct Texts {
    std::string authorities;
    std::string certificate;
    Secret key;

    bool operator==(const Texts&) const = default;
  };
  /// The files of an account, which it may share with others.
  struct Files {
    std::optional<SteadyTime> looked_at;
    std::optional<Stamps> stamps;        ///< of what was read last
    std::shared_ptr<const Texts> texts;  ///< null: as configured
    std::string problem;                 ///< empty: what was read last is in use
  };
  struct Known {
    std::shared_ptr<const Account> configured;
    std::shared_ptr<const Texts> texts;  ///< those of `current`
    std::shared_ptr<const Account> current;
  };
  using Paths = std::tuple<std::string, std::string, std::string>;

  void look(Files& files, const Account& account) const;
  [[nodiscard]] static Stamp stamp_of(const std::string& path);
  [[nodiscard]] static Result<Texts> read(const Account& account);

  const Clock& clock_;
  std::map<Paths, Files> files_;
  std::map<const Account*, Known> accounts_;
};

}  // namespace everai::api
