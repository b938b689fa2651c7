// Connectionist temporal classification: the log-likelihood of a sequence of labels, summed over all its alignments
// with the frames, and its gradient (Graves et al. 2006, section 4).
#pragma once
#include <limits>

#include "copy.h"
#include "softmax.h"

namespace mushin {
namespace {

template <class T>
constexpr T impossible = -std::numeric_limits<T>::infinity();

/// log(exp(a) + exp(b) + exp(c)); infinities and NaN are carried.
template <class T>
inline Vector<T> log_sum_exp(Vector<T> a, Vector<T> b, Vector<T> c) {
  const Vector<T> largest = maximum(maximum(a, b), c);
  const Vector<T> sum = math::exp<T>(a - largest) + math::exp<T>(b - largest) + math::exp<T>(c - largest);
  return largest - largest == T(0) ? largest + math::log<T>(sum) : largest;
}

/// A sample's frames and labels. Labels of class k are read at log_probs[frame * frame_stride + k * class_stride].
template <class T>
struct Utterance {
  const T* log_probs;
  int64_t frame_stride, class_stride, frames;
  const int64_t* labels;
  int64_t count, blank;

  int64_t states() const { return 2 * count + 1; }
  int64_t class_of(int64_t state) const { return state % 2 ? labels[state / 2] : blank; }
};

/// The states blank, label, blank, ..., label, blank, through which every alignment goes from one of the first two to
/// one of the last two: it stays, goes on by one, or by two from a label to another one. For each state there is the
/// logarithm of the sum over all ways to it, less what was taken off to keep the largest near zero: so long utterances
/// lose no bits. Of those ways that can still arrive in time, states [first, last) have some in the current frame.
/// `backward` goes from the last frame and state to the first ones.
template <class T>
class Ways {
 public:
  int64_t first = 0, last = 0;

  Ways(const Utterance<T>& utterance, bool backward)
      : utterance_(utterance), states_(utterance.states()), backward_(backward) {
    classes_ = static_cast<int64_t*>(scratch(0, states_ * int64_t(sizeof(int64_t))));
    may_skip_ = static_cast<T*>(scratch(1, (2 * states_ + 2) * int64_t(sizeof(T))));
    sums_ = may_skip_ + states_ + 2;
    for (int64_t state = 0; state < states_; ++state) {
      classes_[state] = utterance.class_of(backward ? states_ - 1 - state : state);
      may_skip_[state] = T(state % 2 == 1 && (state == 1 || classes_[state] != classes_[state - 2]));
      sums_[state] = impossible<T>;
    }
    // From here, before the first frame, the first blank is one step away and the first label a skip.
    sums_[-2] = impossible<T>;
    sums_[-1] = T(0);
  }

  /// Goes to the next frame's states, of which `observe` then adds the logarithms of the probabilities.
  void advance() {
    first = states_ - 2 * (utterance_.frames - elapsed_);
    first = first > 0 ? first : 0;
    last = 2 * (elapsed_ + 1);
    last = last < states_ ? last : states_;
    Vector<T> largest = broadcast(impossible<T>);
    // Downwards in place: what is read lies below what has been written.
    for (int64_t end = last; end > first; end -= lanes<T>) {
      const int64_t state = end - first > lanes<T> ? end - lanes<T> : first, n = end - state;
      const Vector<T> skipping = load_some<T>(sums_ + state - 2, n);
      const Vector<T> sums =
          log_sum_exp<T>(load_some<T>(sums_ + state, n), load_some<T>(sums_ + state - 1, n),
                         load_some<T>(may_skip_ + state, n) != T(0) ? skipping : broadcast(impossible<T>));
      store_some<T>(sums_ + state, sums, n);
      largest = maximum(first_of<T>(sums, n, impossible<T>), largest);
    }
    sums_[-1] = impossible<T>;
    const T top = max_lanes<T>(largest);
    taken_off_ = top - top == T(0) ? top : T(0);
  }
  void observe() {
    const int64_t frame = backward_ ? utterance_.frames - 1 - elapsed_ : elapsed_;
    const T* const log_probs = utterance_.log_probs + frame * utterance_.frame_stride;
    for (int64_t state = first; state < last; ++state)
      sums_[state] = (sums_[state] - taken_off_) + log_probs[classes_[state] * utterance_.class_stride];
    all_taken_off_ += double(taken_off_);
    ++elapsed_;
  }

  /// By a state's number from the first one in time.
  T sum(int64_t state) const { return sums_[backward_ ? states_ - 1 - state : state]; }
  /// After the last frame: the logarithm of the sum over all alignments.
  double log_likelihood() const {
    const T* const end = sums_ + states_;
    return all_taken_off_ + double(log_sum_exp<T>(broadcast(end[-1]), broadcast(end[-2]), broadcast(impossible<T>))[0]);
  }

 private:
  const Utterance<T>& utterance_;
  int64_t states_, elapsed_ = 0;
  bool backward_;
  int64_t* classes_;
  T *may_skip_, *sums_;
  T taken_off_ = T(0);
  double all_taken_off_ = 0;
};

template <class T>
inline Utterance<T> utterance_of(StridedIn<T> log_probs, int64_t sample, int64_t frames, const int64_t* labels,
                                 int64_t count, int64_t blank) {
  return {log_probs.data() + sample * log_probs.stride(1),
          log_probs.stride(0),
          log_probs.stride(2),
          frames,
          labels,
          count,
          blank};
}

/// Where a sample's sums lie among those that are kept: one for each state of each frame.
inline int64_t place_of_sums(int64_t time, int64_t sample, int64_t first_label) {
  return time * (2 * first_label + sample);
}

/// What a sample's loss is multiplied by: PyTorch's mean divides by the target's length, then by the number of samples.
inline double ctc_scale(bool mean, int64_t count, int64_t batch) {
  return mean ? 1.0 / (double(count > 0 ? count : 1) * double(batch)) : 1.0;
}

inline bool refuse(Out<int64_t> bad, int64_t place, int64_t value, int64_t low, int64_t high) {
  bad.data()[0] = place;
  bad.data()[1] = value;
  bad.data()[2] = low;
  bad.data()[3] = high;
  return false;
}

/// Checks lengths and labels before any is used, and finds each sample's first label: rows of labels are padded, and
/// what pads them is not looked at; labels without rows lie one sample behind the other, and none may be left.
inline bool find_labels(Out<int64_t> starts, Out<int64_t> bad_frames, Out<int64_t> bad_counts, Out<int64_t> bad_labels,
                        In<int64_t> targets, In<int64_t> input_lengths, In<int64_t> target_lengths, int64_t time,
                        int64_t classes, int64_t blank) {
  bad_counts.data()[0] = bad_labels.data()[0] = -1;
  if (!ids_in_range(bad_frames, input_lengths, 0, time + 1)) return false;
  const bool padded = targets.ndim() == 2;
  const int64_t batch = target_lengths.size(), width = padded ? targets.shape(1) : 0;
  int64_t start = 0;
  for (int64_t sample = 0; sample < batch; ++sample) {
    const int64_t count = target_lengths.data()[sample], most = padded ? width : targets.size() - start;
    const int64_t least = padded || sample < batch - 1 ? 0 : most;
    if (count < least || count > most) return refuse(bad_counts, sample, count, least, most + 1);
    for (int64_t place = start; place < start + count; ++place) {
      const int64_t label = targets.data()[place];
      if (label < 0 || label >= classes || label == blank) return refuse(bad_labels, place, label, 0, classes);
    }
    starts.data()[sample] = start;
    start += padded ? width : count;
  }
  return true;
}

/// losses[n] = -log of the sum, over all alignments of the sample's labels with its frames, of their probabilities;
/// infinite without any, or 0 if `zero_infinity`. `total` is their sum or mean, `sums` is what the gradient needs.
template <class T>
void ctc_loss_forward(Out<T> losses, Out<T> total, Out<T> sums, Out<int64_t> starts, Out<int64_t> bad_frames,
                      Out<int64_t> bad_counts, Out<int64_t> bad_labels, StridedIn<T> log_probs, In<int64_t> targets,
                      In<int64_t> input_lengths, In<int64_t> target_lengths, int64_t, int64_t blank,
                      int64_t zero_infinity, int64_t mean) {
  const int64_t time = log_probs.shape(0), batch = log_probs.shape(1), classes = log_probs.shape(2);
  if (!find_labels(starts, bad_frames, bad_counts, bad_labels, targets, input_lengths, target_lengths, time, classes,
                   blank))
    return;
  parallel(batch, 1, [&](int64_t begin, int64_t end) {
    for (int64_t sample = begin; sample < end; ++sample) {
      const int64_t start = starts.data()[sample];
      const Utterance<T> utterance = utterance_of(log_probs, sample, input_lengths.data()[sample],
                                                  targets.data() + start, target_lengths.data()[sample], blank);
      T* keep = sums.data() + place_of_sums(time, sample, start);
      Ways<T> ways(utterance, false);
      for (int64_t frame = 0; frame < utterance.frames; ++frame) {
        ways.advance();
        ways.observe();
        for (int64_t state = ways.first; state < ways.last; ++state) keep[state] = ways.sum(state);
        keep += utterance.states();
      }
      const T loss = T(-ways.log_likelihood());
      losses.data()[sample] = zero_infinity && loss == -impossible<T> ? T(0) : loss;
    }
  });
  double all = batch > 0 ? 0.0 : mean ? std::numeric_limits<double>::quiet_NaN() : 0.0;
  for (int64_t sample = 0; sample < batch; ++sample)
    all += double(losses.data()[sample]) * ctc_scale(mean, target_lengths.data()[sample], batch);
  total.data()[0] = T(all);
}

/// dlog_probs[t, n, k] = -(the share of the alignments, by their probabilities, that are in class k at frame t) dy
/// scale; NaN in a sample that has none, unless `zero_infinity`; 0 in frames beyond a sample's. The shares come from
/// the sums over alignments up to and after a state.
template <class T>
void ctc_loss_backward(Out<T> dlog_probs, In<T> dy, StridedIn<T> log_probs, In<T> sums, In<int64_t> starts,
                       In<int64_t> targets, In<int64_t> input_lengths, In<int64_t> target_lengths, int64_t blank,
                       int64_t zero_infinity, int64_t mean) {
  if (!dlog_probs) return;
  const int64_t time = log_probs.shape(0), batch = log_probs.shape(1), classes = log_probs.shape(2);
  const int64_t dy_stride = dy.ndim() == 0 ? 0 : 1;
  const bool adds = dlog_probs.accumulate();
  parallel(batch, 1, [&](int64_t begin, int64_t end) {
    for (int64_t sample = begin; sample < end; ++sample) {
      const int64_t start = starts.data()[sample], count = target_lengths.data()[sample];
      const Utterance<T> utterance =
          utterance_of(log_probs, sample, input_lengths.data()[sample], targets.data() + start, count, blank);
      const int64_t states = utterance.states();
      const T factor = dy.data()[sample * dy_stride] * T(ctc_scale(mean, count, batch));
      const auto row_of = [&](int64_t frame) { return dlog_probs.data() + (frame * batch + sample) * classes; };
      const auto fill = [&](int64_t frame, T value) {
        T* const to = row_of(frame);
        for (int64_t k = 0; k < classes; ++k) to[k] = adds ? to[k] + value : value;
      };
      T* const shares = static_cast<T*>(scratch(2, states * int64_t(sizeof(T))));
      Ways<T> rest(utterance, true);
      for (int64_t frame = time - 1; frame >= utterance.frames && !adds; --frame) fill(frame, T(0));
      for (int64_t frame = utterance.frames - 1; frame >= 0; --frame) {
        rest.advance();
        const int64_t first = states - rest.last, n = rest.last > rest.first ? rest.last - rest.first : 0;
        const T* const until = sums.data() + place_of_sums(time, sample, start) + frame * states + first;
        bool broken = false;
        for (int64_t i = 0; i < n; ++i) {
          shares[i] = until[i] + rest.sum(first + i);
          broken |= shares[i] != shares[i];
        }
        rest.observe();
        const T largest = row_max<T>(shares, n);
        if (broken || largest - largest != T(0)) {
          const bool none = !broken && largest == impossible<T>;
          fill(frame, none && zero_infinity ? T(0) : std::numeric_limits<T>::quiet_NaN());
          continue;
        }
        const double sum = sum_of_vectors<T>(n, [&](int64_t i, int64_t some) {
          const Vector<T> share = first_of<T>(math::exp<T>(load_some<T>(shares + i, some) - largest), some);
          store_some<T>(shares + i, share, some);
          return share;
        });
        if (!adds) fill(frame, T(0));
        T* const to = row_of(frame);
        const T each = factor / T(sum);
        for (int64_t i = 0; i < n; ++i) to[utterance.class_of(first + i)] -= shares[i] * each;
      }
    }
  });
}

}  // namespace
}  // namespace mushin
