// Words of messages that the checks of documents and of variables share. For the sources of this
// folder alone.
#pragma once

#include "emulator/json.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ankkor::emulator::graphql {

// webonyx' Utils::suggestionList and quotedOrList: what is near enough, the nearest first, five at
// most.
[[nodiscard]] std::string did_you_mean(std::string_view input,
                                       const std::vector<std::string>& options,
                                       std::string_view what = {});

[[nodiscard]] std::string shown(const json_value& what);

// "[Int]!" -> true
[[nodiscard]] bool required(std::string_view type);
// "[Int]!" -> "[Int]"
[[nodiscard]] std::string_view nullable(std::string_view type);

} // namespace ankkor::emulator::graphql
