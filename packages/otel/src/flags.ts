import type { Attributes } from '@opentelemetry/api'
import type { Point } from './tally.js'

/** 1 for what something is, and 0 for all that it is not: whoever looks at one of them need not know of the others. */
export function flags<State extends string>(
  states: readonly State[],
  state: State,
  attributes: Attributes,
): readonly Point[] {
  return states.map((each) => ({
    attributes: { ...attributes, 'linkspan.status': each },
    value: each === state ? 1 : 0,
  }))
}
