#include "actors/telling/mirror.hpp"

#include "actors/failure.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/planted_fault.hpp"
#include "net/stock_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace ankkor::actors {

namespace {

using std::chrono::milliseconds;

constexpr auto slugs_key = "ankkor:mirror:slugs";   // product to the slug it was written under
constexpr auto writer_key = "ankkor:mirror:writer"; // the token of who writes
constexpr auto sweep_rows = "200";

// One product. KEYS: slugs, writer. ARGV: token, ID, slug, body ("": it isn't shown any more),
// milliseconds to live (0: for ever). The key under a slug goes only if it still holds this
// product: another may have the slug by now. Answers the slugs whose keys went, if any did. Answers
// -1 to one who writes no more; so what was sent on a connection that was lost can't overwrite what
// came after it.
constexpr auto write_script = R"lua(
local slugs, id, slug, body, ttl = KEYS[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return -1 end
local gone = {}
local function drop(old)
  if not old or old == '' then return end
  local held = redis.call('GET', 'product:' .. old)
  local mine = '{"id":' .. id .. ','
  if held and string.sub(held, 1, #mine) == mine then
    redis.call('DEL', 'product:' .. old)
    table.insert(gone, old)
  end
end
local function put(key)
  if ttl > 0 then redis.call('SET', key, body, 'PX', ttl) else redis.call('SET', key, body) end
end
local old = redis.call('HGET', slugs, id)
if old ~= slug or body == '' then drop(old) end
if body == '' then
  drop(slug)
  redis.call('DEL', 'ankkor:product:' .. id)
  redis.call('HDEL', slugs, id)
  return gone
end
put('ankkor:product:' .. id)
if slug ~= '' then put('product:' .. slug) end
redis.call('HSET', slugs, id, slug)
return gone
)lua";

// What Redis says when it can't take anything now; other errors are one product's.
constexpr std::array<std::string_view, 13> server_errors{
  "OOM",  "MISCONF", "READONLY", "LOADING",  "BUSY",        "NOREPLICAS", "MASTERDOWN",
  "AUTH", "NOAUTH",  "NOPERM",   "NOSCRIPT", "CLUSTERDOWN", "MOVED"};

bool is_of_the_server(const redis::reply& reply) {
  return std::any_of(server_errors.begin(), server_errors.end(), [&](std::string_view code) {
    return reply.code() == code ||
           (reply.is_error() && reply.text.find(fmt::format("-{} ", code)) != std::string::npos);
  });
}

// INFO's line "run_id:…": another one with each start of the server. Empty if it isn't told.
std::string run_of(const redis::reply& info) {
  constexpr std::string_view name = "run_id:";
  const auto at = info.is_text() ? info.text.find(name) : std::string::npos;
  if (at == std::string::npos)
    return {};
  const auto begin = at + name.size();
  return info.text.substr(begin, info.text.find('\r', begin) - begin);
}

log::limiter& refusals() {
  static log::limiter limited{std::chrono::seconds{10}};
  return limited;
}

} // namespace

void mirror_state::begin(const mirror_options& chosen, std::shared_ptr<mirror_health> to_tell,
                         time now) {
  options = chosen;
  health = std::move(to_tell);
  random_.seed(options.seed);
  not_before_ = next_look_ = next_repair_ = next_refresh_ = now;
  report();
}

void mirror_state::add(const product_batch& changed) {
  dirty.insert(changed.begin(), changed.end());
  report();
}

// -- what to send -----------------------------------------------------------------

std::optional<redis::pipeline> mirror_state::next(time now) {
  if (asked_ != asking::nothing || now < not_before_)
    return std::nullopt;
  if (!is_greeted_)
    return greet();
  const bool is_stale = options.ttl.count() > 0 && now >= next_refresh_;
  if ((is_stale || heirs_unknown_) && !is_repairing())
    start_repair(now);
  const bool may_repair = now >= next_repair_;
  if (!dirty.empty() || (repair_at_ < repair_.size() && may_repair))
    return write(now);
  if (is_sweeping_ && may_repair && repair_at_ == repair_.size()) {
    asked_ = asking::sweeping;
    return redis::pipeline{{"HSCAN", slugs_key, sweep_cursor_, "COUNT", sweep_rows}};
  }
  if (now < next_look_)
    return std::nullopt;
  asked_ = asking::looking;
  return redis::pipeline{{"GET", writer_key}};
}

mirror_state::time mirror_state::wake(time now) const {
  if (!is_greeted_ || !dirty.empty())
    return std::max(now, not_before_);
  auto at = next_look_;
  if (is_repairing())
    at = std::min(at, next_repair_);
  return std::max({now, at, not_before_});
}

redis::pipeline mirror_state::greet() {
  asked_ = asking::greeting;
  const auto token = fmt::format("{:016x}-{}", options.seed, ++tokens_made_);
  return {{"INFO", "server"}, {"SCRIPT", "LOAD", write_script}, {"GETSET", writer_key, token}};
}

redis::pipeline mirror_state::write(time now) {
  asked_ = asking::writing;
  const auto count = std::min(dirty.size(), options.batch_max);
  const auto end = std::next(dirty.begin(), static_cast<std::ptrdiff_t>(count));
  in_flight_.assign(dirty.begin(), end);
  dirty.erase(dirty.begin(), end);
  changes_in_flight_ = count != 0;
  if (now >= next_repair_) {
    while (repair_at_ < repair_.size() && in_flight_.size() < options.batch_max)
      in_flight_.push_back(repair_[repair_at_++]);
    next_repair_ = now + options.repair_pause;
  }
  redis::pipeline commands;
  for (const auto id : in_flight_)
    commands.push_back(write_one(id));
  report();
  return commands;
}

redis::command mirror_state::write_one(stock::product_id id) const {
  std::string slug;
  std::string body;
  if (const auto held = options.committed->held(id); held && held->self) {
    const auto& self = *held->self;
    slug = self.value.slug;
    if (stock::is_public(*held, self))
      body = net::render_product(*held, self);
  }
  const bool is_known = !script_.empty();
  return {is_known ? "EVALSHA" : "EVAL",
          is_known ? script_ : write_script,
          "2",
          slugs_key,
          writer_key,
          token_,
          std::to_string(id),
          std::move(slug),
          std::move(body),
          std::to_string(options.ttl.count())};
}

// -- what was answered ----------------------------------------------------------------

void mirror_state::take(const result<redis::answer>& answer, time now) {
  const auto asked = std::exchange(asked_, asking::nothing);
  // A key may have gone, and the answer that would have said so is lost.
  if (!answer && asked == asking::writing && answer.failure().code == errc::in_doubt &&
      !is_planted(planted_fault::mirror_forgets_failures))
    heirs_unknown_ = heirs_unknown_ || changes_in_flight_;
  if (!answer)
    return failed(answer.failure().message, answer.failure().mend, now);
  for (const auto& reply : answer->replies) {
    // What INFO and SCRIPT LOAD tell isn't needed to write.
    const bool is_needed = asked != asking::greeting || &reply == &answer->replies.back();
    if (is_needed && (is_of_the_server(reply) || (asked == asking::greeting && reply.is_error())))
      return failed(fmt::format("Redis refuses what the mirror writes ({})", reply.code()),
                    "Look into that server's log, and at what it allows this user.", now);
  }
  next_look_ = now + options.look_every;
  if (asked == asking::greeting)
    return greeted(*answer, now);
  // It was sent on a new connection, perhaps to a server that was started anew.
  if (answer->connection != connection_)
    is_greeted_ = false;
  if (asked == asking::writing)
    written(*answer, now);
  else if (asked == asking::sweeping)
    swept(*answer, now);
  else
    looked(*answer, now);
  report();
}

void mirror_state::greeted(const redis::answer& answer, time now) {
  const auto run = run_of(answer.replies[0]);
  const auto& before = answer.replies[2].text;
  // The same start of the same server, which nobody has emptied or written to since.
  const bool is_as_left = !run.empty() && run == run_ && before == token_ && !token_.empty();
  run_ = run;
  script_ = answer.replies[1].is_text() ? answer.replies[1].text : std::string{};
  token_ = fmt::format("{:016x}-{}", options.seed, tokens_made_);
  connection_ = answer.connection;
  is_greeted_ = true;
  failures_in_row_ = 0;
  health->up = true;
  metrics::redis_up().set(1);
  if (!is_as_left)
    start_repair(now);
  if (!std::exchange(was_up_, true))
    log::info("Redis takes the mirrored products.",
              {{"repair", !is_as_left}, {"products", repair_.size()}});
  report();
}

// While a slug moves, two products may both have had it, and the one that was written last, its
// key: if that is the one that leaves, the other is written again.
void mirror_state::write_heirs(const redis::reply& gone) {
  for (const auto& slug : gone.elements) {
    if (const auto heir = options.committed->find_slug(slug.text))
      dirty.insert(heir->held.id);
  }
}

void mirror_state::written(const redis::answer& answer, time now) {
  bool is_writer = true;
  std::uint64_t done = 0;
  for (std::size_t at = 0; at < in_flight_.size(); ++at) {
    const auto& reply = answer.replies[at];
    if (reply.is_error()) {
      health->failures.fetch_add(1, std::memory_order_relaxed);
      metrics::redis_failures().add();
      if (const auto suppressed = refusals().pass(now))
        log::warning(
          "Redis did not take a mirrored product.",
          {{"product", in_flight_[at]}, {"reason", reply.code()}, {"suppressed", *suppressed}});
    } else if (reply.integer < 0) {
      is_writer = false;
      dirty.insert(in_flight_[at]);
    } else {
      ++done;
      write_heirs(reply);
    }
  }
  in_flight_.clear();
  health->written.fetch_add(done, std::memory_order_relaxed);
  metrics::redis_writes().add(done);
  if (!is_writer)
    failed("another one mirrors to the same Redis, or it was emptied",
           "Let one ankkor write there; take another database for the other.", now);
}

// {cursor, {product, slug, …}}
void mirror_state::swept(const redis::answer& answer, time now) {
  const auto& reply = answer.replies[0];
  next_repair_ = now + options.repair_pause;
  if (reply.elements.size() != 2) { // something else is kept there
    is_sweeping_ = false;
    return;
  }
  const auto& rows = reply.elements[1].elements;
  for (std::size_t at = 0; at + 1 < rows.size(); at += 2) {
    const auto& text = rows[at].text;
    stock::product_id id = 0;
    std::from_chars(text.data(), text.data() + text.size(), id);
    const auto held = options.committed->held(id);
    if (!held || !held->self || !stock::is_public(*held, *held->self))
      dirty.insert(id);
  }
  sweep_cursor_ = reply.elements[0].text;
  is_sweeping_ = sweep_cursor_ != "0";
  if (!is_sweeping_)
    repair_ = {};
  repair_at_ = repair_.size();
}

void mirror_state::looked(const redis::answer& answer, time now) {
  if (answer.replies[0].text == token_)
    return;
  is_greeted_ = false;
  not_before_ = now;
}

// -- repairing ----------------------------------------------------------------------

void mirror_state::start_repair(time now) {
  repair_ = options.committed->ids();
  std::sort(repair_.begin(), repair_.end());
  repair_at_ = 0;
  is_sweeping_ = true;
  heirs_unknown_ = false;
  sweep_cursor_.assign(1, '0');
  next_repair_ = now;
  next_refresh_ = now + options.ttl / 2;
}

// What was in flight may be written and may not: it is written again.
void mirror_state::failed(const std::string& reason, const std::string& mend, time now) {
  if (!is_planted(planted_fault::mirror_forgets_failures))
    dirty.insert(in_flight_.begin(), in_flight_.end());
  in_flight_.clear();
  is_greeted_ = false;
  health->up = false;
  health->failures.fetch_add(1, std::memory_order_relaxed);
  metrics::redis_up().set(0);
  metrics::redis_failures().add();
  const auto doublings = std::min(failures_in_row_++, 16U);
  const auto most = std::min(options.backoff_first * (std::int64_t{1} << doublings),
                             std::chrono::duration_cast<milliseconds>(options.backoff_max));
  not_before_ =
    now + milliseconds{std::uniform_int_distribution<std::int64_t>{1, most.count()}(random_)};
  if (failures_in_row_ == 1 || std::exchange(was_up_, false))
    log::warning("Redis does not take the mirrored products; they are written once it does.",
                 {{"reason", reason}, {"fix", mend}, {"pending", dirty.size()}});
  was_up_ = false;
  report();
}

void mirror_state::report() const {
  health->pending = dirty.size() + in_flight_.size();
  health->repairing = is_repairing();
  metrics::redis_pending().set(static_cast<double>(dirty.size() + in_flight_.size()));
}

// -- the actor ------------------------------------------------------------------------

mirror_actor::behavior_type mirror(mirror_actor::stateful_pointer<mirror_state> self,
                                   mirror_options options, std::shared_ptr<mirror_health> health,
                                   redis_transport send) {
  stop_process_on_exception(*self);
  self->state.begin(options, std::move(health), self->clock().now());
  const auto go_on = [self, send = std::move(send)] {
    auto& state = self->state;
    if (state.is_asking())
      return;
    const auto now = self->clock().now();
    if (auto commands = state.next(now)) {
      auto me = caf::actor_cast<mirror_actor>(self);
      send(*std::move(commands), [me = std::move(me)](result<redis::answer> answer) {
        caf::anon_send(
          me, answer_atom::value,
          redis_answer{std::make_shared<const result<redis::answer>>(std::move(answer))});
      });
      return;
    }
    const auto at = state.wake(now);
    if (state.tick_at && *state.tick_at <= at && *state.tick_at > now)
      return;
    state.tick_at = at;
    self->delayed_send(self, at - now, tick_atom::value);
  };
  self->send(self, tick_atom::value);
  return {
    [=](const product_batch& changed) {
      self->state.add(changed);
      go_on();
    },
    [=](tick_atom) { go_on(); },
    [=](answer_atom, const redis_answer& answer) {
      self->state.take(*answer, self->clock().now());
      go_on();
    },
  };
}

} // namespace ankkor::actors
