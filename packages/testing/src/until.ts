/** How long anything may take, in milliseconds of real time. */
const PATIENCE = 5_000

/** Waits until it holds, looking again whenever the event loop has turned; fails after 5 s with `what`. */
export async function until(holds: () => boolean, what: string, patience: number = PATIENCE): Promise<void> {
  const deadline = performance.now() + patience
  for (let turns = 0; !holds(); turns += 1) {
    if (performance.now() > deadline) throw new Error(`after ${patience} ms it was not so: ${what}`)
    // The first turns cost nothing; then others get the processor.
    await new Promise<void>((resolve) => {
      if (turns < 20) setImmediate(resolve)
      else setTimeout(resolve, 1)
    })
  }
}

/** The promise's outcome, or a failure that says what did not come within 5 s. */
export async function within<Value>(
  promise: Promise<Value>,
  what: string,
  patience: number = PATIENCE,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`after ${patience} ms it was not so: ${what}`)), patience)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
