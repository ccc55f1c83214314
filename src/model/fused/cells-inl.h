// The gate arithmetic of the three cells, as policies of the kernels. Formulas: Keras' SimpleRNN, LSTM and
// GRU (reset_after). Included once per instruction set (Highway's -inl convention).
//
// A policy says which registers of a panel the product with the inputs fills, which that with the state, and
// has two epilogues for the `lane block` of one row: `activate`, from the gates' arguments to the new state
// (`keep`: and what backward needs), and `differentiate`, from dL/d(state) to dL/d(gates' arguments). Both
// are given pointers to where the row's values of these units lie.
#if defined(CELLSWEEP_FUSED_CELLS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CELLSWEEP_FUSED_CELLS_INL
#undef CELLSWEEP_FUSED_CELLS_INL
#else
#define CELLSWEEP_FUSED_CELLS_INL
#endif

#include <hwy/highway.h>

#include <utility>

#include "model/fused/activations-inl.h"

HWY_BEFORE_NAMESPACE();
namespace cellsweep::model::fused::HWY_NAMESPACE {

template <int... registers>
using Registers = std::integer_sequence<int, registers...>;

HWY_INLINE Register load(const float* from) {
  return hn::Load(Floats(), from);
}
HWY_INLINE void store(Register value, float* to) {
  hn::Store(value, Floats(), to);
}
HWY_INLINE Register one_minus(Register x) {
  return hn::Sub(constant(1.0f), x);
}
HWY_INLINE Register one_minus_square(Register x) {
  return hn::NegMulAdd(x, x, constant(1.0f));
}

// Where the epilogue finds one row's values of the units it works on.
struct CellRow {
  const float* state_before;  // h of the step before
  float* state;               // h of this step
  const float* cell_before;   // lstm: c
  float* cell;
  float* gates;  // the row of the panel
  float* carry;
};

struct SimpleRnn {
  static constexpr std::size_t unit_registers = 4;  // registers of units in a panel
  using FromInput = Registers<0, 1, 2, 3>;
  using FromState = Registers<0, 1, 2, 3>;

  template <bool keep>
  static HWY_INLINE void activate(const Register (&arguments)[4], const CellRow& row) {
    const std::size_t step = hn::Lanes(Floats());
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) store(tanh(arguments[i]), row.state + i * step);
  }
  // Called for one register of units: `lane_block` says which of the panel's.
  static HWY_INLINE void differentiate(Register gradient, const CellRow& row, std::size_t lane_block) {
    const Register h = load(row.state);
    store(hn::Mul(gradient, one_minus_square(h)), row.gates + lane_block * hn::Lanes(Floats()));
  }
};

struct Lstm {
  static constexpr std::size_t unit_registers = 1;
  using FromInput = Registers<0, 1, 2, 3>;
  using FromState = Registers<0, 1, 2, 3>;

  template <bool keep>
  static HWY_INLINE void activate(const Register (&arguments)[4], const CellRow& row) {
    const std::size_t step = hn::Lanes(Floats());
    const Register i = sigmoid(arguments[0]);
    const Register f = sigmoid(arguments[1]);
    const Register g = tanh(arguments[2]);
    const Register o = sigmoid(arguments[3]);
    const Register c = hn::MulAdd(f, load(row.cell_before), hn::Mul(i, g));
    store(c, row.cell);
    store(hn::Mul(o, tanh(c)), row.state);
    if constexpr (!keep) return;
    store(i, row.gates);
    store(f, row.gates + step);
    store(g, row.gates + 2 * step);
    store(o, row.gates + 3 * step);
  }
  static HWY_INLINE void differentiate(Register gradient, const CellRow& row, std::size_t) {
    const std::size_t step = hn::Lanes(Floats());
    const Register i = load(row.gates);
    const Register f = load(row.gates + step);
    const Register g = load(row.gates + 2 * step);
    const Register o = load(row.gates + 3 * step);
    const Register squashed = tanh(load(row.cell));  // cheaper than to keep it
    const Register through_output = hn::Mul(gradient, o);
    const Register cell = hn::MulAdd(through_output, one_minus_square(squashed), load(row.carry));
    const Register cell_i = hn::Mul(cell, i);
    const Register cell_f = hn::Mul(cell, f);
    store(hn::Mul(hn::Mul(cell_i, g), one_minus(i)), row.gates);
    store(hn::Mul(hn::Mul(cell_f, load(row.cell_before)), one_minus(f)), row.gates + step);
    store(hn::Mul(cell_i, one_minus_square(g)), row.gates + 2 * step);
    store(hn::Mul(hn::Mul(through_output, squashed), one_minus(o)), row.gates + 3 * step);
    store(cell_f, row.carry);
  }
};

struct Gru {
  static constexpr std::size_t unit_registers = 1;
  using FromInput = Registers<0, 1, 2>;
  using FromState = Registers<0, 1, 3>;

  template <bool keep>
  static HWY_INLINE void activate(const Register (&arguments)[4], const CellRow& row) {
    const std::size_t step = hn::Lanes(Floats());
    const Register z = sigmoid(arguments[0]);
    const Register r = sigmoid(arguments[1]);
    const Register candidate = tanh(hn::MulAdd(r, arguments[3], arguments[2]));
    store(hn::MulAdd(z, hn::Sub(load(row.state_before), candidate), candidate), row.state);
    if constexpr (!keep) return;
    store(z, row.gates);
    store(r, row.gates + step);
    store(candidate, row.gates + 2 * step);
    store(arguments[3], row.gates + 3 * step);
  }
  static HWY_INLINE void differentiate(Register gradient, const CellRow& row, std::size_t) {
    const std::size_t step = hn::Lanes(Floats());
    const Register z = load(row.gates);
    const Register r = load(row.gates + step);
    const Register candidate = load(row.gates + 2 * step);
    const Register from_state = load(row.gates + 3 * step);
    const Register all = hn::Add(gradient, load(row.carry));
    const Register through_z = hn::Mul(all, z);
    const Register argument = hn::Mul(hn::Sub(all, through_z), one_minus_square(candidate));
    const Register through_r = hn::Mul(argument, r);
    store(hn::Mul(hn::Mul(through_z, one_minus(z)), hn::Sub(load(row.state_before), candidate)), row.gates);
    store(hn::Mul(hn::Mul(through_r, from_state), one_minus(r)), row.gates + step);
    store(argument, row.gates + 2 * step);
    store(through_r, row.gates + 3 * step);
    store(through_z, row.carry);
  }
};

}  // namespace cellsweep::model::fused::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
