#include "sweep/message.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <variant>

#include "base/error.h"

namespace cellsweep::sweep {
namespace {

RunAssignment an_assignment() {
  return {.index = 7,
          .run = {.run_id = "008-lstm", .parameters = {{"model.cell", "lstm"}, {"a", "1"}}, .point = 3},
          .attempt = 2,
          .resumes = true,
          .epochs_known = 4};
}

// Calls visit(kind) with a default one of each alternative.
template <class Variant, class Visit>
void for_each_kind(Visit visit) {
  [&]<std::size_t... at>(std::index_sequence<at...>) {
    (visit(std::variant_alternative_t<at, Variant>{}), ...);
  }(std::make_index_sequence<std::variant_size_v<Variant>>());
}

TEST(Message, ComesBackAsItsKind) {
  for_each_kind<ToCoordinator>([](const ToCoordinator& message) {
    const Message back = message_from_bytes(to_bytes(message));
    ASSERT_TRUE(std::holds_alternative<ToCoordinator>(back)) << message.index();
    EXPECT_EQ(std::get<ToCoordinator>(back).index(), message.index());
  });
  for_each_kind<ToWorker>([](ToWorker message) {
    if (std::holds_alternative<RunAssignment>(message)) message = an_assignment();
    const Message back = message_from_bytes(to_bytes(message));
    ASSERT_TRUE(std::holds_alternative<ToWorker>(back)) << message.index();
    EXPECT_EQ(std::get<ToWorker>(back).index(), message.index());
  });
  for_each_kind<Answer>([](Answer answer) {
    if (std::holds_alternative<RunAssignment>(answer)) answer = an_assignment();
    EXPECT_EQ(answer_from_bytes(answer_to_bytes(answer)).index(), answer.index());
  });
}

TEST(Message, BringsEveryField) {
  const auto assignment =
      std::get<RunAssignment>(std::get<ToWorker>(message_from_bytes(to_bytes(ToWorker(an_assignment())))));
  EXPECT_EQ(assignment.index, 7);
  EXPECT_EQ(assignment.run.run_id, "008-lstm");
  EXPECT_EQ(assignment.run.parameters, an_assignment().run.parameters);
  EXPECT_EQ(assignment.run.point, 3);
  EXPECT_EQ(assignment.attempt, 2);
  EXPECT_TRUE(assignment.resumes);
  EXPECT_EQ(assignment.epochs_known, 4);
  const RunEnded sent{9, {RunState::pruned, 1.5, "late", true, 6}};
  const auto ended =
      std::get<RunEnded>(std::get<ToCoordinator>(message_from_bytes(to_bytes(ToCoordinator(sent)))));
  EXPECT_EQ(ended.index, 9);
  EXPECT_EQ(ended.outcome.state, RunState::pruned);
  EXPECT_EQ(ended.outcome.seconds, 1.5);
  EXPECT_EQ(ended.outcome.reason, "late");
  EXPECT_TRUE(ended.outcome.is_permanent);
  EXPECT_EQ(ended.outcome.epoch, 6);
}

TEST(Message, IsRefusedIfItsKindIsUnknownOrItIsNone) {
  const auto packed = [](const nlohmann::json& json) {
    std::string bytes;
    nlohmann::json::to_msgpack(json, bytes);
    return bytes;
  };
  EXPECT_NO_THROW(message_from_bytes(packed({0, {0, nullptr}})));
  for (const std::string& bytes :
       {packed({0, {4, nullptr}}), packed({1, {5, nullptr}}), packed({2, {0, nullptr}}), packed({0, nullptr}),
        packed(nullptr), std::string(), std::string("\xc1")})
    EXPECT_THROW(message_from_bytes(bytes), Error) << bytes;
  EXPECT_THROW(answer_from_bytes(packed({4, nullptr})), Error);
}

}  // namespace
}  // namespace cellsweep::sweep
