"""Lets JAX profile a small training step, which writes an XPlane. usage: … FOLDER"""

import sys

try:
    import jax
    import jax.numpy as jnp
except ImportError as error:
    print(f"write_xplane: {error}", file=sys.stderr)
    sys.exit(77)


def main():
    @jax.jit
    def step(weights, x):
        def loss(w):
            return jnp.mean(jnp.tanh(x @ w) ** 2)
        return weights - 0.1 * jax.grad(loss)(weights)

    weights = jnp.ones((512, 512))
    x = jnp.ones((256, 512))
    weights = step(weights, x).block_until_ready()
    with jax.profiler.trace(sys.argv[1]):
        for number in range(5):
            with jax.profiler.StepTraceAnnotation("train", step_num=number):
                weights = step(weights, x)
        weights.block_until_ready()
    print("devices:", jax.devices())
    return 0


if __name__ == "__main__":
    sys.exit(main())
