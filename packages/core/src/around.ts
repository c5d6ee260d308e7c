/**
 * Calls `run` once, within what each layer puts around it, the last one outermost. A layer that throws, or that does not
 * call what it is given, goes without; one that calls it twice has called it once.
 */
export function runWithin<Layer>(
  layers: readonly Layer[],
  run: () => void,
  enter: (layer: Layer, run: () => void) => void,
  threw: (thrown: unknown) => void,
): void {
  let whole = run
  for (const layer of layers) {
    const inner = whole
    whole = () => {
      let entered = false
      const once = (): void => {
        if (entered) return
        entered = true
        inner()
      }
      try {
        enter(layer, once)
      } catch (thrown) {
        threw(thrown)
      }
      once()
    }
  }
  whole()
}
