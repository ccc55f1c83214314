// tanh and sigmoid of registers. Included once per instruction set (Highway's -inl convention).
#if defined(CELLSWEEP_FUSED_ACTIVATIONS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CELLSWEEP_FUSED_ACTIVATIONS_INL
#undef CELLSWEEP_FUSED_ACTIVATIONS_INL
#else
#define CELLSWEEP_FUSED_ACTIVATIONS_INL
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cellsweep::model::fused::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, 16>;
using Register = hn::Vec<Floats>;

HWY_INLINE Register constant(float value) {
  return hn::Set(Floats(), value);
}

// exp(x) = power * (1 + fraction), for |x| <= 87.
struct Exponential {
  Register power;     // 2^n
  Register fraction;  // exp(r) - 1, with r = x - n log 2 and |r| <= log(2) / 2
};

HWY_INLINE Exponential exponential(Register x) {
  const Floats d;
  const hn::RebindToSigned<Floats> integers;
  // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the low bits.
  const Register shifter = constant(12582912.0f);
  const Register shifted = hn::MulAdd(x, constant(1.44269504f), shifter);
  const Register n = hn::Sub(shifted, shifter);
  const auto exponent = hn::ShiftLeft<23>(hn::BitCast(integers, shifted));
  const Register power = hn::BitCast(d, hn::Add(exponent, hn::BitCast(integers, constant(1.0f))));
  // log 2 in two parts, the first of so few bits that its product with n is exact.
  const Register r = hn::NegMulAdd(n, constant(-2.12194440e-4f), hn::NegMulAdd(n, constant(0.693359375f), x));
  // (exp(r) - 1 - r) / r^2, interpolated at the Chebyshev points of the interval.
  Register q = hn::MulAdd(r, constant(0.000198919813f), constant(0.00139345419f));
  q = hn::MulAdd(q, r, constant(0.00833331002f));
  q = hn::MulAdd(q, r, constant(0.0416664568f));
  q = hn::MulAdd(q, r, constant(0.166666667f));
  q = hn::MulAdd(q, r, constant(0.5f));
  return {power, hn::MulAdd(hn::Mul(r, r), q, r)};
}

// Min and Max return their second argument if one is NaN, so it must be x.
HWY_INLINE Register clamp(Register x, float limit) {
  return hn::Min(constant(limit), hn::Max(constant(-limit), x));
}

// 1 / (1 + exp(-x)). 1 + 2^n (1 + f) is computed as (1 + 7/8 2^n) + 2^n (f + 1/8), because 1 + 2^24 would
// lose its 1.
HWY_INLINE Register sigmoid(Register x) {
  const Exponential e = exponential(hn::Neg(clamp(x, 87.0f)));
  const Register one = constant(1.0f);
  const Register shift = constant(0.125f);
  const Register inner = hn::MulAdd(e.power, hn::Sub(one, shift), one);
  return hn::Div(one, hn::MulAdd(e.power, hn::Add(e.fraction, shift), inner));
}

// (1 - t) / (1 + t) with t = exp(-2|x|), without cancellation near zero: 1 - 2^n is exact.
// Beyond 10 it is 1 in f32.
HWY_INLINE Register tanh(Register x) {
  const Register one = constant(1.0f);
  const Register bounded = hn::Min(constant(10.0f), hn::Abs(x));
  const Exponential t = exponential(hn::Mul(bounded, constant(-2.0f)));
  const Register below = hn::NegMulAdd(t.power, t.fraction, hn::Sub(one, t.power));
  const Register above = hn::MulAdd(t.power, t.fraction, hn::Add(one, t.power));
  return hn::CopySign(hn::Div(below, above), x);
}

}  // namespace cellsweep::model::fused::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
