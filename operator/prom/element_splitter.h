// Cuts the series out of a query's answer while it is still arriving.
//
//   {"status":"success","data":{"resultType":"matrix","result":[{…},{…},{…}]}}
//
// Each object directly inside an array at data.result's depth is an element, handed out as its own text; what is left
// is the envelope, in which `null` stands for each element. So the memory of reading an answer is one series and a few
// bytes for each, whatever the size of the answer, and a chunk of any size may end anywhere. It only frames: whether
// the text between the brackets is JSON is for the parsers of envelope and elements to say.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace dso::prom {

class ElementSplitter {
 public:
  enum class State {
    kReading,    // in the middle, or nothing has come yet
    kComplete,   // the root object is closed
    kMalformed,  // not an object, brackets that do not match, or deeper than any answer
    kTooLarge,   // an element or the envelope exceeds its bound
    kRefused,    // on_element said no
  };

  // The longest allowed: 11,000 points of 40 bytes are 440 KB; an envelope has 5 bytes for each series and the notes.
  static constexpr size_t kMaxElementBytes = size_t{4} << 20;
  static constexpr size_t kMaxEnvelopeBytes = size_t{4} << 20;

  // `on_element` returns false to stop.
  explicit ElementSplitter(std::function<bool(std::string_view element)> on_element)
      : on_element_(std::move(on_element)) {}

  // Any state but kReading and kComplete is final.
  State Feed(std::string_view bytes);

  const std::string& envelope() const { return envelope_; }

 private:
  void FeedByte(char c);
  void Open(char bracket);
  void Close(char bracket);
  void Keep(char c);
  void EndElement();

  std::function<bool(std::string_view)> on_element_;
  State state_ = State::kReading;
  std::string open_brackets_;  // outermost first, as in "{{[{"
  bool in_string_ = false;
  bool escaped_ = false;
  bool in_element_ = false;
  std::string element_;
  std::string envelope_;
};

}  // namespace dso::prom
