#include "net/purge_formats.hpp"

#include "base/json.hpp"

namespace ankkor::net {

namespace {

void write_list(json::writer& out, std::string_view name, std::span<const std::string> texts) {
  out.key(name).begin_array();
  for (const auto& text : texts)
    out.value(text);
  out.end_array();
}

} // namespace

client_request next_call(const url& where, std::string_view secret, std::string_view id,
                         std::span<const std::string> tags, std::span<const std::string> paths) {
  auto call = client_request{};
  call.method = "POST";
  call.where = where;
  call.fields = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  if (!secret.empty())
    call.fields.emplace_back("Authorization", "Bearer " + std::string{secret});
  auto out = json::writer{call.body};
  out.begin_object().field("id", id);
  write_list(out, "tags", tags);
  write_list(out, "paths", paths);
  out.end_object();
  return call;
}

} // namespace ankkor::net
