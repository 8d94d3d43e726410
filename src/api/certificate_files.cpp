#include "api/certificate_files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "util/log.hpp"
#include "util/pem.hpp"
#include "util/read_file.hpp"
#include "util/text.hpp"

namespace everai::api {
namespace {

/// How often files are looked at, and how long they must have been left alone.
constexpr std::chrono::seconds kPause{1};

Timestamp timestamp_of(const timespec& time) {
  return Timestamp(std::chrono::floor<std::chrono::microseconds>(
      std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec)));
}

/// @return a file's text; empty if there is no path. The message has the path.
Result<std::string> read_pem(const std::string& path) {
  if (path.empty()) {
    return std::string();
  }
  Result<FileContents> contents = read_file(path, kMaxPemBytes);
  if (!contents) {
    return fail(contents.error().code,
                fmt::format("{}: {}", printable(path), contents.error().message));
  }
  return std::move(contents->text);
}

}  // namespace

CertificateFiles::Stamp CertificateFiles::stamp_of(const std::string& path) {
  struct stat status {};
  if (path.empty() || ::stat(path.c_str(), &status) != 0) {
    return {};
  }
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .bytes = status.st_size,
          .written = timestamp_of(status.st_mtim),
          .changed = timestamp_of(status.st_ctim)};
}

/// Reads and checks the files of an account, by the rules of the configuration.
Result<CertificateFiles::Texts> CertificateFiles::read(const Account& account) {
  const auto refuse = [](const std::string& path, const Error& error) {
    return fail(error.code, fmt::format("{}: {}", printable(path), error.message));
  };
  Result<std::string> authorities = read_pem(account.authorities_file);
  Result<std::string> certificate = read_pem(account.certificate_file);
  Result<std::string> key = read_pem(account.key_file);
  for (const Result<std::string>* text : {&authorities, &certificate, &key}) {
    if (!*text) {
      return tl::unexpected(text->error());
    }
  }
  Texts texts{std::move(*authorities), std::move(*certificate), Secret(std::move(*key))};
  for (const auto& [path, text] : {std::pair(&account.authorities_file, &texts.authorities),
                                   std::pair(&account.certificate_file, &texts.certificate)}) {
    if (path->empty()) {
      continue;
    }
    if (const Result<void> good = check_certificates(*text); !good) {
      return refuse(*path, good.error());
    }
  }
  if (!account.key_file.empty()) {
    if (const Result<void> good = check_key(texts.certificate, texts.key); !good) {
      return refuse(account.key_file, good.error());
    }
  }
  return texts;
}

void CertificateFiles::look(Files& files, const Account& account) const {
  const SteadyTime now = clock_.steady_now();
  if (files.looked_at && now - *files.looked_at < kPause) {
    return;
  }
  files.looked_at = now;
  // Before they are read: what changes meanwhile is found at the next look.
  const Stamps stamps{stamp_of(account.authorities_file), stamp_of(account.certificate_file),
                      stamp_of(account.key_file)};
  const bool unsettled = std::any_of(stamps.begin(), stamps.end(), [this](const Stamp& stamp) {
    const auto age = clock_.system_now() - stamp.changed;
    return age.count() >= 0 && age < kPause;
  });
  if (files.stamps == stamps || unsettled) {
    return;
  }
  files.stamps = stamps;
  Result<Texts> texts = read(account);
  if (!texts) {
    if (texts.error().message != files.problem) {
      files.problem = texts.error().message;
      log::warn("certificates not replaced, the old ones stay in use", {{"error", files.problem}});
    }
    return;
  }
  const Texts& before =
      files.texts ? *files.texts
                  : Texts{account.authorities_pem, account.certificate_pem, account.key_pem};
  if (*texts != before || !files.problem.empty()) {
    log::info("certificates replaced",
              {{"ca_file", account.authorities_file}, {"cert_file", account.certificate_file}});
  }
  files.problem.clear();
  files.texts = std::make_shared<const Texts>(std::move(*texts));
}

std::shared_ptr<const Account> CertificateFiles::current(
    const std::shared_ptr<const Account>& account) {
  if (account->authorities_file.empty() && account->certificate_file.empty()) {
    return account;
  }
  Files& files = files_[{account->authorities_file, account->certificate_file, account->key_file}];
  look(files, *account);
  if (!files.texts) {
    return account;
  }
  Known& known = accounts_[account.get()];
  if (known.texts != files.texts) {
    Account with_texts = *account;
    with_texts.authorities_pem = files.texts->authorities;
    with_texts.certificate_pem = files.texts->certificate;
    with_texts.key_pem = files.texts->key;
    const bool same = with_texts == *account;
    known = {account, files.texts,
             same ? account : std::make_shared<const Account>(std::move(with_texts))};
  }
  return known.current;
}

void CertificateFiles::clear() {
  accounts_.clear();
  files_.clear();
}

}  // namespace everai::api
