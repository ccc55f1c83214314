"""The three cells in JAX: a step forward, what it keeps for the way back, and the step back, written by hand.

The state is h, or (h, c) for the lstm. "projected" is the input's product with its kernel, plus its bias; "recurrent"
holds the recurrent kernel, with a bias of its own for the gru, as in Keras' reset_after form.
"""

import jax.numpy as jnp
from jax.nn import sigmoid


def initial_state(cell, batch, hidden):
    zero = jnp.zeros((batch, hidden))
    return (zero, zero) if cell == "lstm" else zero


def last_output(cell, state):
    return state[0] if cell == "lstm" else state


def simple_rnn_forward(h, projected, recurrent):
    new = jnp.tanh(projected + h @ recurrent["kernel"])
    return new, new


def simple_rnn_backward(dh, kept, h, kernel_transposed):
    gates = dh * (1 - kept**2)
    return gates @ kernel_transposed, gates, gates


def lstm_forward(state, projected, recurrent):
    h, c = state
    i, f, g, o = jnp.split(projected + h @ recurrent["kernel"], 4, axis=1)
    i, f, g, o = sigmoid(i), sigmoid(f), jnp.tanh(g), sigmoid(o)
    new_c = f * c + i * g
    tanh_c = jnp.tanh(new_c)
    return (o * tanh_c, new_c), (i, f, g, o, tanh_c, c)


def lstm_backward(dstate, kept, h, kernel_transposed):
    dh, dc = dstate
    i, f, g, o, tanh_c, c = kept
    dc = dc + dh * o * (1 - tanh_c**2)
    gates = jnp.concatenate(
        [dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g**2), dh * tanh_c * o * (1 - o)], axis=1
    )
    return (gates @ kernel_transposed, dc * f), gates, gates


def gru_forward(h, projected, recurrent):
    input_r, input_z, input_n = jnp.split(projected, 3, axis=1)
    state_r, state_z, state_n = jnp.split(h @ recurrent["kernel"] + recurrent["bias"], 3, axis=1)
    r, z = sigmoid(input_r + state_r), sigmoid(input_z + state_z)
    n = jnp.tanh(input_n + r * state_n)
    return (1 - z) * n + z * h, (r, z, n, state_n)


def gru_backward(dh, kept, h, kernel_transposed):
    r, z, n, state_n = kept
    dn = dh * (1 - z) * (1 - n**2)
    dz = dh * (h - n) * z * (1 - z)
    dr = dn * state_n * r * (1 - r)
    of_state = jnp.concatenate([dr, dz, dn * r], axis=1)
    return dh * z + of_state @ kernel_transposed, of_state, jnp.concatenate([dr, dz, dn], axis=1)


# forward(state, projected, recurrent) -> new state, kept.
FORWARD = {"simple_rnn": simple_rnn_forward, "lstm": lstm_forward, "gru": gru_forward}
# backward(gradient of the new state, kept, h before the step, transposed kernel) -> gradients of the state before the
# step, of the product with h, and of "projected".
BACKWARD = {"simple_rnn": simple_rnn_backward, "lstm": lstm_backward, "gru": gru_backward}
