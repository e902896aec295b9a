// Combines the answers of many models by how each has done: polynomially weighted averages with one learning rate for
// each model and nothing to tune, on linearised losses.
//
//   regret      R_k ← λR_k + r_k     r_k = ℓ'(ŷ)·(ŷ − x_k): how much better than the combination model k was
//   weight      w_k ∝ π_k · max(R_k, 0) / (Σ r_k² + max r_k²),  and π_k while nobody has been better
//
// On the gradient of a convex loss this is never much worse than the best *fixed convex combination* of the models, not
// only than the best model, and since weights move with sums there is no flapping between two models of equal worth.
// λ forgets, so that what was best a week ago need not be so today.
// Source: Gaillard, Stoltz & van Erven (2014), "A second-order bound with excess losses", section 3.1 (ML-Poly).
// Not thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace dso::forecast {

class Aggregation {
 public:
  // `prior`: one weight > 0 for each model. `memory`: after so many updates old regrets count 1/e; >= 1.
  Aggregation(std::vector<double> prior, double memory);

  // `gradient`: the derivative of the loss at the combined answer; `answers`: what each model had said, `combined`:
  // what the combination had said. A model whose answer equals `combined` neither gains nor loses. O(models).
  void Learn(double gradient, double combined, std::span<const float> answers);

  // The weights, adding up to 1, of the models for which `usable` is true (not 0); all zero if there is none.
  void Weights(std::span<const char> usable, std::span<double> weights) const;

  size_t size() const { return prior_.size(); }
  size_t MemoryBytes() const { return (prior_.capacity() + regret_.capacity() * 3) * sizeof(double); }

  template <typename Archive>
  void Persist(Archive& archive) {
    archive(regret_, squares_, largest_);
  }

 private:
  std::vector<double> prior_;
  double keep_;  // λ
  std::vector<double> regret_;
  std::vector<double> squares_;
  std::vector<double> largest_;  // squared
};

}  // namespace dso::forecast
