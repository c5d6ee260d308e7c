import type { Closing, Entry, Recording } from '@linkspan/core'

/** What two lives have to have in common, each as a line that can be shown. */
interface Course {
  readonly states: string
  readonly decisions: readonly string[]
  readonly end: Readonly<Record<string, string>>
}

/** In what a replayed life differs from the recorded one; empty: it took the same course, and came to the same end. */
export function differences(recorded: Recording, replayed: Recording): readonly string[] {
  const [was, is] = [courseOf(recorded), courseOf(replayed)]
  const told: string[] = []
  // What was recorded from the middle on says nothing about the beginning.
  if (recorded.from === 0) {
    if (was.states !== is.states) told.push(`it went ${is.states}; it had gone ${was.states}`)
    const whole = recorded.lost === 0
    const decisions = whole ? is.decisions : is.decisions.slice(0, was.decisions.length)
    if (was.decisions.join() !== decisions.join()) {
      told.push(`its middleware decided ${listed(decisions)}; it had decided ${listed(was.decisions)}`)
    }
  }
  const { end } = recorded
  if (end !== undefined && replayed.end === undefined) {
    told.push(
      `it has not ended; it had ended with ${end.code}, ${was.end['the cause'] ?? ''} by the ${end.by}`,
    )
  } else if (end === undefined && replayed.end !== undefined) {
    told.push(`it ended with ${replayed.end.code}, ${is.end['the cause'] ?? ''}; it had not ended`)
  } else {
    for (const [name, value] of Object.entries(was.end)) {
      if (is.end[name] !== value) told.push(`${name} is ${is.end[name] ?? 'none'}; it was ${value}`)
    }
  }
  return told
}

function courseOf({ entries, end }: Recording): Course {
  const states = entries.map(({ what }) => what).filter((what) => STATES.has(what))
  const closing = entries.find((entry): entry is Closing => entry.what === 'closing')
  const decisions = entries.flatMap((entry) => (entry.what === 'middleware' ? [decisionOf(entry)] : []))
  return {
    states: ['connecting', ...states, ...(end === undefined ? [] : ['closed'])].join(' → '),
    decisions,
    end: {
      ...(closing === undefined ? {} : { 'the cause': closing.cause }),
      ...(end === undefined
        ? {}
        : {
            'the code': String(end.code),
            'the reason': `'${end.reason}'`,
            'who ended it': end.by,
            'the code on the wire': String(end.wireCode ?? 'none'),
            'whether it was clean': String(end.clean),
          }),
    },
  }
}

const STATES: ReadonlySet<Entry['what']> = new Set(['authenticated', 'active', 'closing'])

function decisionOf({ name, decision, status }: Extract<Entry, { what: 'middleware' }>): string {
  return `${name}: ${decision}${status === undefined ? '' : ` ${status}`}`
}

function listed(decisions: readonly string[]): string {
  return decisions.length === 0 ? 'nothing' : decisions.join(', ')
}
