import type { Part, Setting } from './part.js'
import { Tally } from './tally.js'

/** What goes wrong, by the codes of the errors. */
export function errors({ base }: Setting): Part {
  const reported = new Tally('errors', base)
  return { readings: { errors: () => reported }, failed: ({ code }) => reported.add(1, code) }
}
