// Runs a fuzz target without a fuzzer:
//
//   forecaster_replay corpus/forecaster --random 2000 1
//
// runs every file of the directories (and every file named), and then 2000 inputs made from them by simple mutations.
// Input k comes from the seed 1 + k alone: one that fails is run again by itself with `--random 1 SEED`.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
// There with sanitizers only.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

constexpr size_t kLongest = 4096;

char current_input[512];  // for the message when the program dies

void SayInput() { std::fprintf(stderr, "the input was %s\n", current_input); }

void OnAbort(int) { SayInput(); }

std::vector<std::string> FilesOf(const std::string& path) {
  if (!std::filesystem::is_directory(path)) return {path};
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

std::string Contents(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class Mutator {
 public:
  Mutator(const std::vector<std::string>& corpus, uint64_t seed) : corpus_(corpus), random_(seed) {}

  std::string Make() {
    std::string input = corpus_.empty() || Below(8) == 0 ? Noise(Below(300)) : Pick();
    for (size_t i = 1 + Below(6); i > 0; --i) Mutate(input);
    if (input.size() > kLongest) input.resize(kLongest);
    return input;
  }

 private:
  size_t Below(size_t n) { return n == 0 ? 0 : random_() % n; }
  const std::string& Pick() { return corpus_[Below(corpus_.size())]; }

  std::string Noise(size_t size) {
    std::string noise;
    for (size_t i = 0; i < size; ++i) noise += static_cast<char>(random_());
    return noise;
  }

  void Mutate(std::string& input) {
    const size_t at = Below(input.size() + 1);
    const size_t length = Below(std::min<size_t>(input.size() - at, 32) + 1);
    switch (Below(7)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << Below(8)));
        return;
      case 1:
        if (at < input.size()) input[at] = static_cast<char>(random_());
        return;
      case 2: input.insert(at, Noise(1 + Below(8))); return;
      case 3: input.erase(at, length); return;
      case 4: input.insert(at, input.substr(at, length)); return;
      case 5: input.replace(at, length, length, Below(2) == 0 ? '\0' : '\xFF'); return;
      default:
        if (corpus_.empty()) return;
        const std::string& other = Pick();
        input = input.substr(0, at) + other.substr(Below(other.size() + 1));
    }
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_;
};

void Run(const std::string& input, const std::string& name) {
  std::snprintf(current_input, sizeof current_input, "%s", name.c_str());
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGABRT, OnAbort);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(SayInput);
  std::vector<std::string> corpus;
  uint64_t random_inputs = 0;
  uint64_t seed = 0;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--random") == 0) {
      if (i + 2 >= argc) {
        std::fprintf(stderr, "--random needs a number of inputs and a seed: --random 2000 1\n");
        return 2;
      }
      random_inputs = std::stoull(argv[++i]);
      seed = std::stoull(argv[++i]);
      continue;
    }
    if (!std::filesystem::exists(argv[i])) {
      std::fprintf(stderr, "%s does not exist\n", argv[i]);
      return 2;
    }
    for (const std::string& file : FilesOf(argv[i])) {
      corpus.push_back(Contents(file));
      Run(corpus.back(), file);
    }
  }
  for (uint64_t k = 0; k < random_inputs; ++k) {
    Run(Mutator(corpus, seed + k).Make(), "--random 1 " + std::to_string(seed + k));
  }
  std::printf("%zu inputs of the corpus and %llu others\n", corpus.size(),
              static_cast<unsigned long long>(random_inputs));
}
