#include "simulator/distort.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "api/types.hpp"

namespace everai::simulator {
namespace {

using Json = nlohmann::ordered_json;
using Names = std::span<const char* const>;

/// Without these a watcher knows less, but counts no request wrongly. `queueSize` and
/// `sessionNumber` stay: left out, they would say 0.
constexpr std::array kOmittedOfWorker{"deviceId",
                                      "detailStatus",
                                      "deletedAt",
                                      "stopAt",
                                      "lastServeAt",
                                      "CPUs",
                                      "memory",
                                      "GPUName",
                                      "GPUs",
                                      "gpuModel",
                                      "gpuNum",
                                      "appId",
                                      "userId",
                                      "appRevision",
                                      "replaceWorkerId",
                                      "requestId",
                                      "devicePublicAddress"};
constexpr std::array kOmittedOfApp{"queueName", "maxWorkers", "lastScaleUpTime",
                                   "lastScaleDownDeleteTime"};

constexpr std::array kNullOfWorker{"status",        "detailStatus",   "deletedAt",   "launchAt",
                                   "lastServeAt",   "successCount",   "failedCount", "stopAt",
                                   "sessionNumber", "replaceWorkerId"};
constexpr std::array kNullOfApp{"workers", "queueSize", "maxWorkers", "lastScaleUpTime",
                                "lastScaleDownDeleteTime"};

/// Names that no version has used so far.
constexpr std::array kStrangeStatuses{"STATUS_HIBERNATING", "STATUS_MIGRATING", "HIBERNATING"};
constexpr std::array kStrangeDetails{"DETAIL_STATUS_DREAMING", "DETAIL_STATUS_DRAINING"};

template <std::size_t kSize>
const char* one_of(const std::array<const char*, kSize>& names, Random& random) {
  return names[random.below(kSize)];
}

class Distortion {
 public:
  Distortion(const Faults& faults, Random& random) : faults_(faults), random_(random) {}

  /// Faults of an app's or a worker's own fields, not of what is nested in them.
  void distort_fields(Json& object, Names omitted, Names nulls);
  void distort_enums(Json& worker);
  void break_record(Json& worker);
  /// Faults of each worker; some get a wrong record somewhere before their own.
  Json distort_workers(Json::array_t workers);

 private:
  void distort_enum(Json& worker, const char* key, std::string_view prefix, const char* strange,
                    std::int64_t number);
  Json make_wrong_copy(const Json& worker);
  void add_unknown_fields(Json& object);
  void shuffle(Json& object);

  const Faults& faults_;
  Random& random_;
};

void Distortion::distort_fields(Json& object, Names omitted, Names nulls) {
  for (const char* const key : nulls) {
    if (!object.contains(key) && random_.chance(faults_.null)) {
      object[key] = nullptr;
    }
  }
  for (const char* const key : omitted) {
    if (object.contains(key) && random_.chance(faults_.omit)) {
      object.erase(key);
    }
  }
  for (Json& value : object) {
    if (value.is_number() && random_.chance(faults_.strings)) {
      value = value.dump();
    }
  }
  if (random_.chance(faults_.unknown_field)) {
    add_unknown_fields(object);
  }
  if (random_.chance(faults_.reorder)) {
    shuffle(object);
  }
}

void Distortion::distort_enums(Json& worker) {
  if (!random_.chance(faults_.unknown_enum)) {
    return;
  }
  if (random_.chance(0.5)) {
    const auto status = api::worker_status_from_name(worker.value("status", "STATUS_UNSPECIFIED"));
    distort_enum(worker, "status", "STATUS_", one_of(kStrangeStatuses, random_),
                 static_cast<std::int64_t>(status));
  } else {
    const auto detail =
        api::detail_status_from_name(worker.value("detailStatus", "DETAIL_STATUS_UNSPECIFIED"));
    distort_enum(worker, "detailStatus", "DETAIL_STATUS_", one_of(kStrangeDetails, random_),
                 static_cast<std::int64_t>(detail));
  }
}

void Distortion::distort_enum(Json& worker, const char* key, std::string_view prefix,
                              const char* strange, std::int64_t number) {
  constexpr std::uint64_t kForms = 3;
  const std::uint64_t form = random_.below(kForms);
  const bool is_there = worker.contains(key);
  if (form == 0 || !is_there) {
    worker[key] = strange;
  } else if (form == 1) {
    worker[key] = number;
  } else {
    worker[key] = worker[key].get<std::string>().substr(prefix.size());
  }
}

void Distortion::break_record(Json& worker) {
  constexpr std::uint64_t kWays = 4;
  switch (random_.below(kWays)) {
    case 0:
      worker["id"] = 58;
      break;
    case 1:
      worker["status"] = Json::array({"STATUS_RUNNING"});
      break;
    case 2:
      worker["successCount"] = "many";
      break;
    default:
      worker["createdAt"] = Json{{"seconds", 0}};
      break;
  }
}

Json Distortion::make_wrong_copy(const Json& worker) {
  Json copy = worker;
  copy["status"] = api::to_string(api::WorkerStatus::kPending);
  copy["detailStatus"] = api::to_string(api::DetailStatus::kInFlight);
  copy.erase("successCount");
  copy.erase("failedCount");
  distort_fields(copy, kOmittedOfWorker, kNullOfWorker);
  return copy;
}

Json Distortion::distort_workers(Json::array_t workers) {
  Json::array_t distorted;
  for (Json& worker : workers) {
    // Not both: the wrong copy of a broken record would be the last one that can be read.
    if (random_.chance(faults_.broken)) {
      break_record(worker);
    } else if (random_.chance(faults_.duplicate)) {
      const auto place = static_cast<std::ptrdiff_t>(random_.below(distorted.size() + 1));
      distorted.insert(distorted.begin() + place, make_wrong_copy(worker));
    } else {
      distort_enums(worker);
    }
    distort_fields(worker, kOmittedOfWorker, kNullOfWorker);
    distorted.push_back(std::move(worker));
  }
  return distorted;
}

void Distortion::add_unknown_fields(Json& object) {
  object["schedulerHints"] = Json{{"zone", fmt::format("z{}", random_.below(3))},
                                  {"weights", {0.5, {{"spot", true}}, nullptr, "x\\\"y"}},
                                  {"status", "STATUS_ERROR"},
                                  {"id", "not-the-id"}};
  object["generation"] = random_.below(1000);
}

void Distortion::shuffle(Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) {
    keys.push_back(key);
  }
  for (std::size_t left = keys.size(); left > 1; --left) {
    std::swap(keys[left - 1], keys[random_.below(left)]);
  }
  Json shuffled = Json::object();
  for (const std::string& key : keys) {
    shuffled[key] = std::move(object[key]);
  }
  object = std::move(shuffled);
}

/// Leaves one of a listing's workers out, and the list with the last one.
void lose_worker(Json& listing, Random& random) {
  Json& workers = listing["workers"];
  workers.erase(random.below(workers.size()));
  if (workers.empty()) {
    listing.erase("workers");
  }
}

bool distorts(const Faults& faults) {
  return faults.omit > 0 || faults.reorder > 0 || faults.strings > 0 || faults.unknown_enum > 0 ||
         faults.unknown_field > 0 || faults.null > 0 || faults.duplicate > 0 || faults.broken > 0 ||
         faults.lost_worker > 0;
}

}  // namespace

std::string distort_listing(std::string_view body, const Faults& faults, Random& random) {
  if (!distorts(faults)) {
    return std::string(body);
  }
  Json listing = Json::parse(body);
  Distortion distortion(faults, random);
  // A fault that is off draws nothing: the others go on as they did before there was this one.
  if (faults.lost_worker > 0 && listing.contains("workers") && random.chance(faults.lost_worker)) {
    lose_worker(listing, random);
  }
  if (const auto workers = listing.find("workers"); workers != listing.end()) {
    *workers = distortion.distort_workers(std::move(workers->get_ref<Json::array_t&>()));
  }
  distortion.distort_fields(listing, kOmittedOfApp, kNullOfApp);
  return listing.dump();
}

}  // namespace everai::simulator
