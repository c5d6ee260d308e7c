/** What is held back until the turn of the event loop ends. */
export interface Batch {
  flush(): void
}

let batches: Batch[] = []

/** Flushes a batch at the end of this turn of the event loop. A promise that goes on has turns of its own. */
export function flushAfterThisTurn(batch: Batch): void {
  if (batches.push(batch) === 1) queueMicrotask(flushAll)
}

function flushAll(): void {
  const ended = batches
  batches = []
  for (const batch of ended) batch.flush()
}
