"""Ways to write the recurrence in JAX. Each makes a function of (parameters, inputs) that returns the last output.

parameters: kernel, bias, and recurrent as in jax_cells. inputs: (time, batch, features).
"""

import jax
import jax.numpy as jnp
from jax_cells import BACKWARD, FORWARD, initial_state, last_output


def scan(cell):
    """The cell as it stands in a textbook: both products in the loop. JAX differentiates."""

    def last(parameters, inputs):
        def step(state, x):
            projected = x @ parameters["kernel"] + parameters["bias"]
            return FORWARD[cell](state, projected, parameters["recurrent"])[0], None

        state, _ = jax.lax.scan(step, start(cell, parameters, inputs), inputs)
        return last_output(cell, state)

    return last


def hoisted(cell, unroll=1):
    """One product for the inputs of all steps before the loop; so many steps become one. JAX differentiates."""

    def last(parameters, inputs):
        def step(state, projected):
            return FORWARD[cell](state, projected, parameters["recurrent"])[0], None

        projected = inputs @ parameters["kernel"] + parameters["bias"]
        state, _ = jax.lax.scan(step, start(cell, parameters, inputs), projected, unroll=unroll)
        return last_output(cell, state)

    return last


def handwritten(cell, unroll=1):
    """As hoisted, with a way back of its own, whose loop makes the gates' gradients only.

    The gradient of each kernel then is one product over all steps, where JAX's own way back sums the recurrent one
    step by step.
    """

    def forward(projected, recurrent):
        def step(state, one_projected):
            new, kept = FORWARD[cell](state, one_projected, recurrent)
            return new, (last_output(cell, state), kept)

        zero = initial_state(cell, projected.shape[1], recurrent["kernel"].shape[0])
        state, (h, kept) = jax.lax.scan(step, zero, projected, unroll=unroll)
        return last_output(cell, state), (h, kept, recurrent)

    def backward(residuals, gradient):
        h, kept, recurrent = residuals
        kernel_transposed = recurrent["kernel"].T

        def step(dstate, one):
            one_kept, one_h = one
            dstate, of_state, of_projected = BACKWARD[cell](dstate, one_kept, one_h, kernel_transposed)
            # Equal ones are kept once.
            return dstate, (of_projected,) if of_state is of_projected else (of_projected, of_state)

        dstate = (gradient, jnp.zeros_like(gradient)) if cell == "lstm" else gradient
        _, gates = jax.lax.scan(step, dstate, (kept, h), reverse=True, unroll=unroll)
        of_projected, of_state = gates[0], gates[-1]
        of_recurrent = {"kernel": jnp.einsum("tbh,tbg->hg", h, of_state)}
        if "bias" in recurrent:
            of_recurrent["bias"] = of_state.sum((0, 1))
        return of_projected, of_recurrent

    recurrence = jax.custom_vjp(lambda projected, recurrent: forward(projected, recurrent)[0])
    recurrence.defvjp(forward, backward)

    def last(parameters, inputs):
        return recurrence(inputs @ parameters["kernel"] + parameters["bias"], parameters["recurrent"])

    return last


def start(cell, parameters, inputs):
    return initial_state(cell, inputs.shape[1], parameters["recurrent"]["kernel"].shape[0])


UNROLLS = (4, 7, 28)

# Name of a form: its variants by name, of which a peer keeps the fastest.
FORMS = {
    "scan": {"": scan},
    "hoisted": {"": hoisted},
    "unrolled": {f"unroll {n}": lambda cell, n=n: hoisted(cell, n) for n in UNROLLS},
    "handwritten": {f"unroll {n}": lambda cell, n=n: handwritten(cell, n) for n in (1, *UNROLLS)},
    # On a GPU, where compiling takes longer.
    "device": {
        "scan": scan,
        "unroll 28": lambda cell: hoisted(cell, 28),
        "own backward, unroll 28": lambda cell: handwritten(cell, 28),
    },
}
