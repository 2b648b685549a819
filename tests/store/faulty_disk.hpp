// A disk that fails on command, below SQLite: a VFS that passes everything on to the usual one.
#pragma once

namespace ankkor::store::testing {

enum class fault { none, full, broken_sync, broken_write, broken_read };

// While it lives, every file that SQLite opens in this process lies on the faulty disk.
class faulty_disk {
public:
  faulty_disk();
  faulty_disk(const faulty_disk&) = delete;
  faulty_disk& operator=(const faulty_disk&) = delete;
  ~faulty_disk();

  // From the n-th operation of that kind on (1: the next one), until mend().
  void fail(fault kind, int nth);
  void mend();

  // Whether an operation has failed since fail().
  [[nodiscard]] bool has_failed() const;
};

} // namespace ankkor::store::testing
