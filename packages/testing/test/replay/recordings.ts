import { flightRecorder, type Linkspan, type LinkspanOptions, linkspan, type Recording } from '@linkspan/core'
import { memoryHost, type Peer, VirtualClock } from '../../src/index.js'

/** A recording with nothing in it but what is said. */
export function recordingOf(parts: Partial<Recording> = {}): Recording {
  return {
    version: 1,
    id: 'an id',
    via: 'ws',
    protocol: '',
    arrived: 0,
    from: 0,
    state: 'active',
    age: 1_000,
    heard: 0,
    totals: { received: { count: 0, bytes: 0 }, sent: { count: 0, bytes: 0 } },
    entries: [],
    lost: 0,
    head: 6,
    ...parts,
  }
}

/** An application that is made with whichever `linkspan` there is. */
export type Make = (world: { linkspan: typeof linkspan }) => Linkspan<unknown>

/** Has a client live with an application, in memory, and answers what was recorded of it. */
export async function recordedLife(
  make: Make,
  act: (scene: { peer: Peer; clock: VirtualClock; app: Linkspan<unknown> }) => unknown,
  options: LinkspanOptions = {},
  entries = 20,
): Promise<Recording> {
  const clock = new VirtualClock()
  const app = make({
    linkspan: (own) => linkspan({ ...own, ...options, clock, recorder: flightRecorder({ entries }) }),
  })
  const host = await memoryHost(app)
  let id = ''
  app.observe({
    watch: (conn) => {
      id = conn.id
      return undefined
    },
  })
  const answer = await host.connect().answer
  if (!answer.upgraded) throw new Error(answer.body)
  await act({ peer: answer.peer, clock, app })
  await clock.advance(0)
  const recording = app.recording(id)
  await host.close()
  if (recording === undefined) throw new Error('it was not recorded')
  return recording
}
