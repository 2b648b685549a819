// When the embedded store carries its log over into ankkor.db, and at what pace.
#pragma once

#include <chrono>

namespace ankkor::store {

struct checkpoint_plan {
  // Frames of the log (a page of 4 KiB each) from which on a checkpoint is wanted: 32 MiB. Each
  // ends with commits held up for two writes to the disk, so there should be few.
  int frames = 8192;
  // After each few pages that are carried over beside the commits.
  std::chrono::microseconds pause{100};
  // Whether the log takes the room for so many frames at the start. A commit that makes the file
  // longer waits for the file system's journal too.
  bool reserve = false;
};

} // namespace ankkor::store
