// The whole conformance suite, every connection of it recorded: whatever end it comes to is explained, and rightly.

import { type Connection, type ErrorCode, flightRecorder, type Linkspan } from '@linkspan/core'
import { type Behaviour, chapters, describeTransport, type Stage } from '@linkspan/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { CAUSES } from '../packages/core/src/recorder/entry.js'
import { countSecrets } from '../reliability/secrets.js'
import { hosts } from './hosts.js'

/** Which causes an end can have, by who ended it. */
const OTHERS = { peer: ['peer'], network: ['network', 'aborted'] } as const
/** Causes that have a code of their own, with which nothing else cuts. */
const CUT: Readonly<Record<number, string>> = { 4100: 'slow-consumer', 4102: 'no-heartbeat' }

/** What was found wrong after its behaviour, with connections that ended only then. */
const late: string[][] = []
/** How often each cause was seen. */
const seen = new Map<string, number>()

/** What an application itself told of one connection. */
interface Told {
  readonly errors: ErrorCode[]
  readonly states: string[]
  rejected: number | undefined
}

/** What does not fit between what was told of a connection and how it is explained. */
function problemsOf(app: Linkspan<unknown>, conn: Connection<unknown>, told: Told): readonly string[] {
  const explanation = app.explain(conn.id)
  if (explanation.recording === undefined) return [`${conn.id} is not explained: ${explanation.sentence}`]
  const { sentence, recording, timeline } = explanation
  const { end, entries } = recording
  const closing = entries.find((entry) => entry.what === 'closing')
  if (end === undefined || closing === undefined) return [`no end is told: ${sentence}`]
  seen.set(closing.cause, (seen.get(closing.cause) ?? 0) + 1)
  const problems: string[] = []
  const must = (holds: boolean, what: string): void => {
    if (!holds) problems.push(`${what}: ${String(explanation)}`)
  }
  must(
    closing.code === end.code && closing.by === end.by,
    `the cause is not the end, ${end.code} by ${end.by}`,
  )
  must(
    end.by === 'server' || (OTHERS[end.by] as readonly string[]).includes(closing.cause),
    `${closing.cause} is not by the ${end.by}`,
  )
  must(
    end.by !== 'server' || !['peer', 'network', 'aborted'].includes(closing.cause),
    `${closing.cause} is not ours`,
  )
  const status = told.rejected !== undefined && !closing.framed ? String(told.rejected) : undefined
  const codes =
    end.by === 'network' ? 'the network lost it|went away|the transport threw' : `${end.code}|without a code`
  must(new RegExp(status ?? codes, 'i').test(sentence), `the sentence does not say ${status ?? codes}`)
  const states = entries.flatMap(({ what }) =>
    what === 'authenticated' || what === 'active' || what === 'closing' ? [what] : [],
  )
  must(
    states.join() === told.states.filter((state) => state !== 'closed').join(),
    `the application told of ${told.states.join()}`,
  )
  const recorded = entries.flatMap((entry) =>
    entry.what === 'error' ? Array<string>(entry.count).fill(entry.code) : [],
  )
  must(
    recording.lost > 0 || recorded.sort().join() === told.errors.slice().sort().join(),
    `the application reported ${told.errors.join()}`,
  )
  must(
    !sentence.includes('LINKSPAN_') || told.errors.some((code) => sentence.includes(code)),
    'an error is made up',
  )
  for (const cause of Object.values(CUT))
    must(closing.cause !== cause || CUT[end.code] === cause, 'not its code')
  must(
    (closing.cause === 'expired') ===
      (end.code === 4200 && end.by === 'server' && end.reason === 'credentials expired'),
    'expired',
  )
  must((closing.cause === 'next-missing') === told.errors.includes('LINKSPAN_NEXT_MISSING'), 'next missing')
  must(closing.cause !== 'violation' || told.errors.includes('LINKSPAN_VIOLATION'), 'violation')
  must(
    timeline.every(({ at }, index) => index === 0 || at >= (timeline[index - 1]?.at ?? 0)),
    'out of order',
  )
  must(countSecrets(JSON.stringify(explanation) + String(explanation)) === 0, 'it has a secret')
  return problems
}

/** A stage whose applications record everything, and which is told of what is explained wrongly. */
function recording(stage: Stage, problems: string[]): Stage {
  return {
    clock: stage.clock,
    supports: stage.supports,
    app: (options) => {
      const app = stage.app({ ...options, recorder: flightRecorder({ entries: 200 }) })
      const all = new Map<string, Told>()
      const toldOf = ({ id }: Connection<never>): Told => {
        const known = all.get(id)
        if (known !== undefined) return known
        const told: Told = { errors: [], states: [], rejected: undefined }
        all.set(id, told)
        return told
      }
      app.observe({
        watch: (conn) => ({
          event: (_, event, [detail]) => {
            if (event === 'error') toldOf(conn).errors.push((detail as { code: ErrorCode }).code)
            else if (event === 'transition') toldOf(conn).states.push((detail as { to: string }).to)
            else if (event === 'reject') toldOf(conn).rejected = (detail as { status: number }).status
          },
        }),
      })
      app.on('close', (conn) => {
        problems.push(
          ...problemsOf(app as unknown as Linkspan<unknown>, conn, toldOf(conn as Connection<never>)),
        )
      })
      return app
    },
    record: (app) => stage.record(app),
    serve: (app) => stage.serve(app),
    until: (holds, what) => stage.until(holds, what),
  }
}

function explained(behaviour: Behaviour): Behaviour {
  return {
    ...behaviour,
    run: async (stage) => {
      const problems: string[] = []
      await behaviour.run(recording(stage, problems))
      expect(problems).toEqual([])
      late.push(problems)
    },
  }
}

for (const { name, factory, supports } of hosts.slice(0, 2)) {
  describeTransport({
    name: `${name}, recorded`,
    factory,
    supports,
    chapters: chapters.map(({ title, behaviours }) => ({ title, behaviours: behaviours.map(explained) })),
    describe,
    it,
  })
}

describe('the suite', () => {
  afterAll(() => {
    expect(late.flat()).toEqual([])
  })

  it('comes to every end that a transport which can pause has', () => {
    const ends = CAUSES.filter((cause) => cause !== 'inbox')
    expect([...seen.keys()].sort()).toEqual([...ends].sort())
  })
})
