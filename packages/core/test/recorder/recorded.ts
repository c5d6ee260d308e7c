import { expect } from 'vitest'
import type { Linkspan } from '../../src/app.js'
import type { LinkspanOptions } from '../../src/options.js'
import type { Closing, Entry } from '../../src/recorder/entry.js'
import type { Explanation } from '../../src/recorder/explanation.js'
import { type FlightRecorderOptions, flightRecorder } from '../../src/recorder/flight-recorder.js'
import { Bench } from '../fake.js'

/** A bench whose application has a recorder. */
export function recorded(options: LinkspanOptions = {}, recorder: FlightRecorderOptions = {}): Bench {
  return Bench.open({ ...options, recorder: flightRecorder(recorder) })
}

/** The explanation of the connection that was the last to arrive, over or not. */
export function explained(bench: Pick<Bench, 'app' | 'told'>): Explanation {
  const { app } = bench as unknown as { app: Linkspan<unknown> }
  const [living] = [...app.connections].slice(-1)
  const conn = living ?? bench.told.findLast(({ event }) => event === 'close')?.conn
  const explanation = conn === undefined ? undefined : app.explain(conn.id)
  if (explanation?.recording === undefined) throw new Error('there is no connection that was recorded')
  return explanation
}

/** The entries of one kind. */
export function entries<What extends Entry['what']>(
  { recording }: Explanation,
  what: What,
): readonly Extract<Entry, { what: What }>[] {
  return recording.entries.filter((entry): entry is Extract<Entry, { what: What }> => entry.what === what)
}

/** Why it began to end. */
export function closing(explanation: Explanation): Closing {
  const found = entries(explanation, 'closing')
  expect(found).toHaveLength(1)
  return found[0] as Closing
}
