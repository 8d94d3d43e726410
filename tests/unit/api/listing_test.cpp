#include "api/listing.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "support/files.hpp"

namespace everai::api {
namespace {

Listing parse(const std::string& body) {
  auto listing = parse_listing(PaddedText(body));
  EXPECT_TRUE(listing.has_value()) << body << ": " << listing.error().message;
  return listing ? std::move(*listing) : Listing{};
}

/// The listing of one worker with an id and these fields.
Listing parse_worker(const std::string& fields) {
  return parse(R"({"workers":[{"id":"a",)" + fields + "}]}");
}

/// How a body is refused: the code and the message.
std::string refusal(const std::string& body) {
  const auto listing = parse_listing(PaddedText(body));
  return listing ? "accepted"
                 : std::string(reason_of(listing.error().code)) + ": " + listing.error().message;
}

std::string load(const std::string& name) {
  return test::read_file(std::string(EVERAI_TESTDATA) + "/listings/" + name);
}

Timestamp at_micros(std::int64_t micros) {
  return Timestamp{std::chrono::microseconds{micros}};
}

constexpr const char* kMalformed = "parse: body is no JSON object: it is malformed or cut off";

TEST(ParseListing, ReadsTheReferencePayload) {
  const Listing listing = parse(load("reference_en.json"));

  ASSERT_EQ(listing.workers.size(), 2U);
  Worker first;
  first.id = "JYdCWQfbKLAhEf8WnZUY34";
  first.device_id = "95fa81d0-c46c-4d77-9194-20c65eb34733";
  first.status = WorkerStatus::kRunning;
  first.detail_status = DetailStatus::kFree;
  first.created_at = at_micros(1727602518362000);
  first.launch_at = at_micros(1727602523443000);
  first.last_serve_at = at_micros(1727602562218108);
  first.success_count = 1;
  first.cpus = 2;
  first.memory_mib = 1024;
  first.app_id = "nmusD8nfVdsdc8q3cAmcbE";
  EXPECT_EQ(listing.workers[0], first);
  Worker second = first;
  second.id = "LZeebuHERVEcWxfaw3z7vJ";
  second.device_id = "c2f3a824-0b33-4f14-a4c1-a4e417c90755";
  second.created_at = at_micros(1727602518370000);
  second.launch_at = at_micros(1727602523547000);
  second.last_serve_at = at_micros(1727602535387883);
  second.success_count = 0;
  EXPECT_EQ(listing.workers[1], second);
  EXPECT_EQ(listing.queue_size, 0U);
  EXPECT_EQ(listing.max_workers, std::nullopt);
  EXPECT_EQ(listing.last_scale_up, std::nullopt);
  EXPECT_EQ(listing.skipped, 0U);
}

TEST(ParseListing, ReadsTheReferencePayloadWithEveryField) {
  const Listing listing = parse(load("reference_zh.json"));

  ASSERT_EQ(listing.workers.size(), 1U);
  const Timestamp time = at_micros(1727354002807000);
  Worker worker;
  worker.id = worker.device_id = worker.gpu_name = worker.gpu_model = "string";
  worker.app_id = worker.app_revision = worker.replace_worker_id = "string";
  worker.created_at = worker.deleted_at = worker.launch_at = worker.last_serve_at = time;
  EXPECT_EQ(listing.workers[0], worker);
  EXPECT_EQ(listing.queue_size, 0U);
  EXPECT_EQ(listing.queue_name, "string");
  EXPECT_EQ(listing.last_scale_up, time);
  EXPECT_EQ(listing.last_scale_down_delete, time);
  EXPECT_EQ(listing.max_workers, 0U);
}

TEST(ParseListing, TakesAnEmptyObjectForAGoodAnswerWithoutWorkers) {
  for (const char* body : {"{}", R"({"workers":null})", R"({"workers":[]})", " {\r\n} \t"}) {
    const Listing listing = parse(body);
    EXPECT_TRUE(listing.workers.empty()) << body;
    EXPECT_EQ(listing.queue_size, 0U) << body;
    EXPECT_EQ(listing.max_workers, std::nullopt) << body;
  }
}

TEST(ParseListing, RefusesWorkersThatAreNoArray) {
  for (const char* body : {R"({"workers":{}})", R"({"workers":0})", R"({"workers":"a"})"}) {
    EXPECT_EQ(refusal(body), "parse: workers is no array") << body;
  }
}

TEST(ParseListing, RefusesABodyThatIsNoObjectAndShowsItsBegin) {
  EXPECT_EQ(refusal(""), "parse: body is no JSON object: it is empty");
  EXPECT_EQ(refusal(" \n"), "parse: body is no JSON object: it is empty");
  EXPECT_EQ(refusal("[]"), "parse: body is no JSON object: it begins with '[]'");
  EXPECT_EQ(refusal("null"), "parse: body is no JSON object: it begins with 'null'");
  EXPECT_EQ(refusal("<html>\n" + std::string(5000, 'x')),
            "parse: body is no JSON object: it begins with '<html>\\x0a" + std::string(30, 'x') +
                "\xE2\x80\xA6'");
}

TEST(ParseListing, PassesOverOneByteOrderMark) {
  const std::string mark = "\xEF\xBB\xBF";
  EXPECT_EQ(parse(mark + R"( {"workers":[{"id":"a","appRevision":"v\u0031"}]})").workers.size(),
            1U);
  EXPECT_EQ(refusal(mark), "parse: body is no JSON object: it is empty");
  for (const std::string& body : {mark + mark + "{}", " " + mark + "{}", "{" + mark + "}",
                                  "{}" + mark, std::string("\xEF\xBB{}"), "\xFE\xFF" + mark}) {
    EXPECT_NE(refusal(body), "accepted") << ::testing::PrintToString(body);
  }
}

TEST(ParseListing, RefusesMoreThanOneObject) {
  for (const char* body : {"{}{}", "{} x", "{}}", "{},", "{}[]"}) {
    EXPECT_NE(refusal(body), "accepted") << body;
  }
}

TEST(ParseListing, RefusesWhatIsMalformedAlsoWhereNobodyLooks) {
  for (const char* body :
       {R"({"x":[1 2]})", R"({"x":[1,]})", R"({"x":{"y" 1}})", R"({"x":"y":1})", R"({"x":word})",
        R"({"x":"\q"})", R"({"\q":1})", R"({"x":[1}})", R"({"x":01})", R"({"x":1e})",
        R"({"x":"\ud800\q"})", R"({"\udc00\u12":1})", R"({"workers":[{"id":"a"})", R"({1:2})",
        R"({"x":1e999e})", R"({"workers":[{"id":"a","x":[[[[1,]]]]}]})",
        R"({"workers":[{"id":"a","memory":{"x"}}]})", R"({"workers":[[1 2]]})"}) {
    EXPECT_EQ(refusal(body), kMalformed) << body;
  }
}

TEST(ParseListing, RefusesInvalidUtf8ControlCharactersAndNul) {
  for (const std::string& body :
       {std::string("{\"x\":\"\xFF\"}"), std::string("{\"x\":\"\xED\xA0\x80\"}"),
        std::string("{\"x\":\"a\nb\"}"), std::string("{\"x\":\"a\0b\"}", 11),
        std::string("{}\0", 3)}) {
    EXPECT_NE(refusal(body), "accepted") << ::testing::PrintToString(body);
  }
}

TEST(ParseListing, PassesOverAnyJsonInUnknownFields) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  for (const std::string& value :
       {std::string(R"("\udfff")"), std::string("1e999"), std::string("-1e999"),
        "1" + std::string(400, '0'), std::string(R"(["\ud800",{"\udc00":1e999}])"), deep}) {
    const std::string field = R"(,"x":)" + value + R"(,"\udc00":)" + value;
    const Listing listing = parse(R"({"workers":[{"id":"a")" + field + R"(,"successCount":7}])" +
                                  field + R"(,"queueSize":5})");
    ASSERT_EQ(listing.workers.size(), 1U) << value.substr(0, 40);
    EXPECT_EQ(listing.workers[0].success_count, 7U);
    EXPECT_EQ(listing.queue_size, 5U);
    EXPECT_TRUE(listing.unreadable_fields.empty());
  }
}

TEST(ParseListing, RefusesMoreWorkersThanAnyAppHas) {
  std::string body = R"({"workers":[)";
  for (std::size_t i = 0; i < kMaxListedWorkers; ++i) {
    body += R"({"id":")" + std::to_string(i) + R"("},)";
  }
  EXPECT_EQ(parse(body + "null]}").workers.size(), kMaxListedWorkers);
  EXPECT_EQ(refusal(body + R"({"id":"one more"}]})"), "too_large: more than 65536 workers");
}

TEST(ParseListing, SkipsElementsThatAreNoWorkers) {
  const Listing listing = parse(R"({"workers":[null,1,"a",[],true,{"id":"a"}]})");
  ASSERT_EQ(listing.workers.size(), 1U);
  EXPECT_EQ(listing.workers[0].id, "a");
  EXPECT_EQ(listing.skipped, 5U);
}

TEST(ParseListing, SkipsWorkersWithoutAUsableId) {
  const std::string longest(kMaxTextBytes, 'x');
  const Listing listing = parse(R"({"workers":[{},{"id":null},{"id":""},{"id":7},{"id":"\udfff"},)"
                                R"({"id":")" +
                                longest + R"(x"},{"id":")" + longest + R"("}]})");
  ASSERT_EQ(listing.workers.size(), 1U);
  EXPECT_EQ(listing.workers[0].id, longest);
  EXPECT_EQ(listing.skipped, 6U);
}

TEST(ParseListing, SkipsAWorkerWhoseStatusOrCountHasAWrongTypeAndUsesTheRest) {
  for (const char* field :
       {R"("successCount":-1)", R"("failedCount":0.5)", R"("successCount":"two")",
        R"("successCount":1e999)", R"("failedCount":"\ud800")", R"("status":1.5)",
        R"("status":false)", R"("status":"\udc00")", R"("status":3000000000)"}) {
    const Listing listing =
        parse(R"({"workers":[{"id":"a",)" + std::string(field) + R"(},{"id":"b"}]})");
    ASSERT_EQ(listing.workers.size(), 1U) << field;
    EXPECT_EQ(listing.workers[0].id, "b") << field;
    EXPECT_EQ(listing.skipped, 1U) << field;
    EXPECT_TRUE(listing.unreadable_fields.empty()) << field;
  }
}

/// The reason of a worker that is skipped before a good one.
std::string skip_reason(const std::string& worker) {
  return parse(R"({"workers":[)" + worker + R"(,{"id":8},{"id":"b"}]})").skip_reason;
}

TEST(ParseListing, TellsWhyTheFirstWorkerWasSkipped) {
  EXPECT_EQ(skip_reason("{}"), "no id");
  EXPECT_EQ(skip_reason("null"), "not an object");
  EXPECT_EQ(skip_reason(R"({"id":7})"), "field id has a wrong type");
  EXPECT_EQ(skip_reason(R"({"id":")" + std::string(257, 'x') + R"("})"),
            "an id of more than 256 bytes");
  EXPECT_EQ(skip_reason(R"({"failedCount":-1,"successCount":-1,"memory":-1,"id":"a"})"),
            "field successCount has a wrong type");
  EXPECT_EQ(parse(R"({"workers":[{"id":"a"}]})").skip_reason, "");
}

TEST(ParseListing, RefusesAListingWhoseWorkersAreAllSkipped) {
  EXPECT_EQ(refusal(R"({"workers":[{"id":"a","status":[]},{}],"queueSize":3})"),
            "parse: none of its 2 workers can be read: field status has a wrong type");
  EXPECT_EQ(refusal(R"({"workers":[null]})"),
            "parse: none of its 1 worker can be read: not an object");
}

TEST(ParseListing, LeavesOutAloneAFieldThatNoCountNeeds) {
  Worker plain;
  plain.id = "a";
  Worker unknown_detail = plain;
  unknown_detail.detail_status = DetailStatus::kUnknown;
  for (const char* wrong : {"\"16Gi\"", "0.5", "-1", "true", "{}", "[]", "1e999", "\"\\udfff\""}) {
    for (const char* name : {"sessionNumber", "CPUs", "memory", "GPUs", "gpuNum"}) {
      const Listing listing = parse_worker(fmt::format(R"("{}":{})", name, wrong));
      ASSERT_EQ(listing.workers.size(), 1U) << name;
      EXPECT_EQ(listing.workers[0], plain) << name;
      EXPECT_EQ(listing.unreadable_fields, (std::vector<UnreadableField>{{name, 1}})) << name;
    }
  }
  for (const char* wrong : {"7", "false", "{}", "[]", "1e999", "\"\\udfff\""}) {
    for (const char* name :
         {"deviceId", "GPUName", "gpuModel", "appId", "appRevision", "replaceWorkerId", "createdAt",
          "deletedAt", "launchAt", "lastServeAt"}) {
      const Listing listing = parse_worker(fmt::format(R"("{}":{})", name, wrong));
      ASSERT_EQ(listing.workers.size(), 1U) << name;
      EXPECT_EQ(listing.workers[0], plain) << name;
      EXPECT_EQ(listing.unreadable_fields, (std::vector<UnreadableField>{{name, 1}})) << name;
    }
  }
  for (const char* wrong : {"1.5", "false", "{}", "3000000000", "1e999", "\"\\udfff\""}) {
    const Listing listing = parse_worker(fmt::format(R"("detailStatus":{})", wrong));
    EXPECT_EQ(listing.workers.at(0), unknown_detail) << wrong;
    EXPECT_TRUE(listing.unknown_enum_values.empty()) << wrong;
    EXPECT_EQ(listing.unreadable_fields, (std::vector<UnreadableField>{{"detailStatus", 1}}));
  }
}

TEST(ParseListing, CountsTheFieldsThatItLeavesOutByName) {
  const Listing listing =
      parse(R"({"workers":[{"id":"a","memory":"16Gi","deviceId":1},{"id":"b","memory":"8Gi"},)"
            R"({"id":"c","memory":-1,"memory":4},{"id":"d","memory":-1,"status":7.5}],)"
            R"("queueSize":-1,"maxWorkers":-1,"maxWorkers":5})");
  const std::vector<UnreadableField> want{{"deviceId", 1}, {"memory", 2}, {"queueSize", 1}};
  EXPECT_EQ(listing.unreadable_fields, want);
}

TEST(ParseListing, CutsTextsThatMayBecomeLabelsBetweenCharacters) {
  const std::string text = std::string(kMaxTextBytes - 1, 'x') + "\xC3\xBC";
  const std::string shown(kMaxTextBytes - 1, 'x');
  const std::string exact(kMaxTextBytes, 'y');
  for (const char* name :
       {"deviceId", "GPUName", "gpuModel", "appId", "appRevision", "replaceWorkerId"}) {
    const Listing cut = parse_worker(fmt::format(R"("{}":"{}")", name, text));
    const Worker& w = cut.workers.at(0);
    const auto all = [](const Worker& worker) {
      return std::string(worker.device_id) + std::string(worker.gpu_name) +
             std::string(worker.gpu_model) + std::string(worker.app_id) +
             std::string(worker.app_revision) + std::string(worker.replace_worker_id);
    };
    EXPECT_EQ(all(w), shown) << name;
    EXPECT_EQ(all(parse_worker(fmt::format(R"("{}":"{}")", name, exact)).workers.at(0)), exact);
    EXPECT_TRUE(cut.unreadable_fields.empty());
  }
  EXPECT_EQ(parse(R"({"queueName":")" + text + R"("})").queue_name, shown);
  EXPECT_EQ(parse(R"({"queueName":")" + std::string(4'000'000, 'x') + R"("})").queue_name.size(),
            kMaxTextBytes);
}

TEST(ParseListing, RefusesAnErrorThatCameWithStatus200) {
  const auto error = [](const std::string& body) { return refusal(body); };
  EXPECT_EQ(error(R"({"code":16,"message":"token expired"})"),
            "parse: the answer is an error: code 16: token expired");
  EXPECT_EQ(error(R"({"message":"token expired","details":[],"code":"UNAUTHENTICATED"})"),
            "parse: the answer is an error: code UNAUTHENTICATED: token expired");
  EXPECT_EQ(error(R"({"workers":[{"id":"a"}],"code":5})"), "parse: the answer is an error: code 5");
  EXPECT_EQ(error(R"({"error":"no such app","workers":[]})"),
            "parse: the answer is an error: no such app");
  EXPECT_EQ(error(R"({"error":{"code":404,"message":"no such app","details":[[]]}})"),
            "parse: the answer is an error: code 404: no such app");
  for (const char* body :
       {R"({"error":true})", R"({"message":["x"]})", R"({"error":{"x":null}})",
        R"({"code":{"x":1}})", R"({"message":"\udfff"})", R"({"workers":[],"message":[[]]})"}) {
    EXPECT_EQ(error(body), "parse: the answer is an error") << body;
  }
}

TEST(ParseListing, ShowsAnErrorsWordsInOneShortLineAndNoSecret) {
  const std::vector<Secret> secrets{Secret("sesame-0123456789")};
  const auto message = [&secrets](const std::string& body) {
    const auto listing = parse_listing(PaddedText(body), secrets);
    return listing ? "accepted" : listing.error().message;
  };
  EXPECT_EQ(
      message(R"({"code":"a\nb","message":"bad token s\u0065same-0123456789,\nuser:pw@host"})"),
      "the answer is an error: code a\\x0ab: bad token <secret>,\\x0a<secret>@host");
  EXPECT_EQ(message(R"({"error":{"message":"sesame-0123456789"}})"),
            "the answer is an error: <secret>");
  const std::string longest = message(R"({"code":")" + std::string(5'000'000, '1') +
                                      R"(","message":")" + std::string(5'000'000, 'm') + R"("})");
  EXPECT_LT(longest.size(), 500U);
}

TEST(ParseError, FindsTheErrorInAnAnswerToAnotherCall) {
  const auto error = [](const std::string& body) { return parse_error(PaddedText(body)); };
  EXPECT_EQ(error(R"({"code":16,"message":"token expired"})"),
            "the answer is an error: code 16: token expired");
  EXPECT_EQ(error(R"({"workerIds":["a"],"message":"quota"})"), "the answer is an error: quota");
  EXPECT_EQ(error(R"({"workerIds":["a"]})"), std::nullopt);
  EXPECT_EQ(error("{}"), std::nullopt);
  EXPECT_EQ(error("[]").error().code, ErrorCode::kPayload);
  EXPECT_EQ(error(R"({"code":16)").error().code, ErrorCode::kPayload);
}

TEST(ParseListing, TakesFieldsOfAnErrorThatSayNothingForAbsent) {
  for (const char* fields :
       {R"("code":0)", R"("code":"0")", R"("code":null)", R"("code":-0)", R"("code":0.0)",
        R"("message":"")", R"("message":null)", R"("error":null)", R"("error":{ })",
        R"("error":[])", R"("error":false)", R"("error":"x","error":{})",
        R"("error":{"message":"x"},"error":null)", R"("code":16,"code":0)"}) {
    EXPECT_EQ(refusal(R"({"workers":[{"id":"a","code":7,"message":"m","error":"e"}],)" +
                      std::string(fields) + "}"),
              "accepted")
        << fields;
  }
}

TEST(ParseListing, RefusesAnObjectWithoutAnyFieldOfAListing) {
  for (const char* body : {R"({"x":1})", R"({"code":0,"message":""})", R"({"items":[]})",
                           R"({"id":"a","status":"STATUS_RUNNING"})", R"({"workerIds":["a"]})",
                           R"({"":null})", R"({"\udfff":null})", R"({"error":{}})"}) {
    EXPECT_EQ(refusal(body), "parse: the answer has no field of a worker listing") << body;
  }
  for (const char* body :
       {R"({"workers":null})", R"({"queueSize":0})", R"({"queueName":7})", R"({"maxWorkers":null})",
        R"({"lastScaleUpTime":""})", R"({"lastScaleDownDeleteTime":""})"}) {
    EXPECT_EQ(refusal(body), "accepted") << body;
  }
}

TEST(ParseListing, ReadsCountsGivenAsStrings) {
  const Listing listing = parse_worker(R"("successCount":"9223372036854775807","memory":"007")");
  ASSERT_EQ(listing.workers.size(), 1U);
  EXPECT_EQ(listing.workers[0].success_count, 9223372036854775807U);
  EXPECT_EQ(listing.workers[0].memory_mib, 7U);
}

TEST(ParseListing, ReadsCountsWithFractionOrExponentIfTheyAreWhole) {
  const Listing listing =
      parse_worker(R"("successCount":1.0,"failedCount":1e3,"CPUs":-0,"GPUs":5000e-3)");
  ASSERT_EQ(listing.workers.size(), 1U);
  EXPECT_EQ(listing.workers[0].success_count, 1U);
  EXPECT_EQ(listing.workers[0].failed_count, 1000U);
  EXPECT_EQ(listing.workers[0].cpus, 0U);
  EXPECT_EQ(listing.workers[0].gpus, 5U);
}

TEST(ParseListing, RefusesCountsOver63Bits) {
  for (const char* count : {"9223372036854775808", "\"9223372036854775808\"",
                            "9223372036854775808.0", "18446744073709551616", "1e19"}) {
    EXPECT_EQ(refusal(fmt::format(R"({{"workers":[{{"id":"a","successCount":{}}}]}})", count)),
              "parse: none of its 1 worker can be read: field successCount has a wrong type");
    EXPECT_EQ(parse(fmt::format(R"({{"queueSize":{}}})", count)).queue_size, std::nullopt);
  }
}

TEST(ParseListing, TakesNullForAbsent) {
  const Listing listing = parse_worker(
      R"("successCount":null,"status":null,"createdAt":null,"appRevision":null,"deviceId":null)");
  ASSERT_EQ(listing.workers.size(), 1U);
  Worker worker;
  worker.id = "a";
  EXPECT_EQ(listing.workers[0], worker);
}

TEST(ParseListing, ReadsEnumsByNameWithAndWithoutPrefixAndByNumber) {
  for (const char* value : {R"("STATUS_RUNNING")", R"("RUNNING")", "3", "3.0"}) {
    const Listing listing = parse_worker(R"("status":)" + std::string(value));
    EXPECT_EQ(listing.workers.at(0).status, WorkerStatus::kRunning) << value;
    EXPECT_TRUE(listing.unknown_enum_values.empty()) << value;
  }
  EXPECT_EQ(parse_worker(R"("detailStatus":"ROLLIN")").workers.at(0).detail_status,
            DetailStatus::kRollin);
  EXPECT_EQ(parse_worker(R"("detailStatus":4)").workers.at(0).detail_status, DetailStatus::kBusy);
}

TEST(ParseListing, ReportsUnknownEnumValuesAsTheyWereWritten) {
  const Listing listing = parse(
      R"({"workers":[{"id":"a","status":"STATUS_FROZEN","detailStatus":42},{"id":"b","status":-1},)"
      R"({"status":"OF_A_SKIPPED_ONE"}]})");
  ASSERT_EQ(listing.workers.size(), 2U);
  EXPECT_EQ(listing.workers[0].status, WorkerStatus::kUnknown);
  EXPECT_EQ(listing.workers[0].detail_status, DetailStatus::kUnknown);
  const std::vector<UnknownEnumValue> want{
      {"status", "STATUS_FROZEN"}, {"detailStatus", "42"}, {"status", "-1"}};
  EXPECT_EQ(listing.unknown_enum_values, want);
}

TEST(ParseListing, CutsUnknownEnumValuesBetweenCharacters) {
  const Listing listing =
      parse_worker(R"("status":")" + std::string(63, 'X') + "\xC3\xBC" + R"(YZ")");
  ASSERT_EQ(listing.unknown_enum_values.size(), 1U);
  EXPECT_EQ(listing.unknown_enum_values[0].value, std::string(63, 'X'));
}

TEST(ParseListing, TakesZeroTimesAndGarbageForAbsent) {
  for (const char* time : {"0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "string", ""}) {
    const Listing listing = parse_worker(R"("createdAt":")" + std::string(time) + R"(")");
    ASSERT_EQ(listing.workers.size(), 1U) << time;
    EXPECT_EQ(listing.workers[0].created_at, std::nullopt) << time;
  }
}

TEST(ParseListing, ReadsTheAppsFields) {
  const Listing listing =
      parse(R"({"queueSize":"5","queueName":"q","lastScaleUpTime":"2024-09-29T09:35:18.362Z",)"
            R"("lastScaleDownDeleteTime":"2024-09-29T17:35:18+08:00","maxWorkers":10})");
  EXPECT_EQ(listing.queue_size, 5U);
  EXPECT_EQ(listing.queue_name, "q");
  EXPECT_EQ(listing.last_scale_up, at_micros(1727602518362000));
  EXPECT_EQ(listing.last_scale_down_delete, at_micros(1727602518000000));
  EXPECT_EQ(listing.max_workers, 10U);
}

TEST(ParseListing, TellsAMaximumOfZeroFromAnUnknownOne) {
  EXPECT_EQ(parse(R"({"maxWorkers":0})").max_workers, 0U);
  EXPECT_EQ(parse(R"({"maxWorkers":null})").max_workers, std::nullopt);
}

TEST(ParseListing, TakesTheAppsFieldsOfAWrongTypeForUnknown) {
  const Listing listing =
      parse(R"({"queueSize":-1,"queueName":7,"lastScaleUpTime":7,"lastScaleDownDeleteTime":[],)"
            R"("maxWorkers":"many","workers":[{"id":"a"}]})");
  EXPECT_EQ(listing.queue_size, std::nullopt);
  EXPECT_EQ(listing.queue_name, "");
  EXPECT_EQ(listing.last_scale_up, std::nullopt);
  EXPECT_EQ(listing.last_scale_down_delete, std::nullopt);
  EXPECT_EQ(listing.max_workers, std::nullopt);
  EXPECT_EQ(listing.workers.size(), 1U);
  const std::vector<UnreadableField> want{{"queueSize", 1},
                                          {"queueName", 1},
                                          {"lastScaleUpTime", 1},
                                          {"lastScaleDownDeleteTime", 1},
                                          {"maxWorkers", 1}};
  EXPECT_EQ(listing.unreadable_fields, want);
}

TEST(ParseListing, LetsTheLastRecordOfAnIdWinAtTheFirstsPlace) {
  const Listing listing = parse(
      R"({"workers":[{"id":"a","memory":1,"status":"OLD"},{"id":"b"},{"id":"a","memory":2}]})");
  ASSERT_EQ(listing.workers.size(), 2U);
  EXPECT_EQ(listing.workers[0].id, "a");
  EXPECT_EQ(listing.workers[0].memory_mib, 2U);
  EXPECT_EQ(listing.workers[1].id, "b");
  EXPECT_TRUE(listing.unknown_enum_values.empty());
}

TEST(ParseListing, DoesNotLetASkippedRecordReplaceAGoodOne) {
  const Listing listing = parse(R"({"workers":[{"id":"a","memory":1},{"id":"a","status":-2.5}]})");
  ASSERT_EQ(listing.workers.size(), 1U);
  EXPECT_EQ(listing.workers[0].memory_mib, 1U);
  EXPECT_EQ(listing.skipped, 1U);
}

TEST(ParseListing, LetsTheLastValueOfANameWinAlsoIfItIsWrong) {
  EXPECT_EQ(parse_worker(R"("memory":-1,"memory":2)").workers.at(0).memory_mib, 2U);
  EXPECT_EQ(parse_worker(R"("memory":2,"memory":null)").workers.at(0).memory_mib, 0U);
  EXPECT_EQ(parse_worker(R"("memory":2,"memory":-1)").workers.at(0).memory_mib, 0U);
  EXPECT_EQ(parse_worker(R"("status":[],"status":3)").skipped, 0U);
  EXPECT_EQ(refusal(R"({"workers":[{"id":"a","status":3,"status":[]}]})"),
            "parse: none of its 1 worker can be read: field status has a wrong type");
}

TEST(ParseListing, LetsTheLastArrayOfWorkersWin) {
  const Listing listing =
      parse(R"({"workers":[null,{"id":"a","status":"NEW","memory":""}],"workers":[{"id":"b"}]})");
  ASSERT_EQ(listing.workers.size(), 1U);
  EXPECT_EQ(listing.workers[0].id, "b");
  EXPECT_EQ(listing.skipped, 0U);
  EXPECT_EQ(listing.skip_reason, "");
  EXPECT_TRUE(listing.unknown_enum_values.empty());
  EXPECT_TRUE(listing.unreadable_fields.empty());
  EXPECT_EQ(parse(R"({"workers":1,"workers":[{"id":"b"}]})").workers.size(), 1U);
}

TEST(ParseListing, ReadsEscapedNamesAndTexts) {
  const Listing listing =
      parse(R"({"w\u006frkers":[{"\u0069d":"\u00fc\"\ud83d\ude80"}],"queue\u0053ize":4})");
  ASSERT_EQ(listing.workers.size(), 1U);
  EXPECT_EQ(listing.workers[0].id, "\xC3\xBC\"\xF0\x9F\x9A\x80");
  EXPECT_EQ(listing.queue_size, 4U);
}

TEST(ParseListing, PassesOverUnknownFields) {
  const Listing listing =
      parse(R"({"new":{"a":[1,{"b":null}]},"workers":[{"x":[],"id":"a","workers":[1]}],"id":7})");
  ASSERT_EQ(listing.workers.size(), 1U);
  EXPECT_EQ(listing.skipped, 0U);
}

TEST(ParseListing, KeepsTextsThroughAMoveAndTheNextParse) {
  Listing first = parse(R"({"workers":[{"id":"worker-\u0031"}],"queueName":"q"})");
  const Listing moved = std::move(first);
  const Listing second = parse(R"({"workers":[{"id":"worker-\u0032"}]})");
  EXPECT_EQ(moved.workers.at(0).id, "worker-1");
  EXPECT_EQ(moved.queue_name, "q");
  EXPECT_EQ(second.workers.at(0).id, "worker-2");
}

}  // namespace
}  // namespace everai::api
