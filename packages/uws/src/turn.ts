/** What ends with the turn of the event loop it was begun in. */
export interface Batch {
  flush(): void
}

let turn = 0
let running = false
let batches: Batch[] = []

/** The number of the turn that runs. A promise that goes on begins a new one. */
export function currentTurn(): number {
  if (!running) {
    running = true
    queueMicrotask(endTurn)
  }
  return turn
}

/** Flushes a batch when the turn ends. */
export function atEndOfTurn(batch: Batch): void {
  batches.push(batch)
}

function endTurn(): void {
  running = false
  turn += 1
  if (batches.length === 0) return
  const ended = batches
  batches = []
  for (const batch of ended) batch.flush()
}
