import { describe, expect, it } from 'vitest'
import type { Effect } from '../src/effect.js'
import type { Event } from '../src/event.js'
import { Interpreter } from '../src/interpreter.js'
import type { LifecycleState } from '../src/state.js'
import { Bench } from './fake.js'
import { turn } from './fake-clock.js'

/** Writes down what it is to do, and puts events into the mailbox while it does it. */
class Trace extends Interpreter {
  readonly log: string[] = []
  /** What the machine was told. */
  readonly events: string[] = []
  /** What happens while an effect is performed. */
  readonly meanwhile = new Map<Effect['type'], Event>()

  override begin(visibly: boolean): void {
    super.begin(visibly)
  }

  protected perform(effect: Effect): void {
    this.log.push(effect.type)
    const event = effect.type === 'raise' ? effect.event : this.meanwhile.get(effect.type)
    if (event !== undefined) this.dispatch(event)
    if (event !== undefined) this.log.push(`${effect.type} done`)
  }

  protected happened(event: Event): void {
    this.events.push(event.type)
  }

  protected moved(from: LifecycleState, to: LifecycleState): void {
    this.log.push(`${from} -> ${to}`)
  }

  protected settled(): void {
    this.log.push('settled')
  }
}

describe('the interpreter', () => {
  it('begins with the effects of the first state', () => {
    const trace = new Trace(false)
    expect(trace.phase).toBe('connecting')
    expect(trace.ending).toBe(false)
    trace.begin(false)
    expect(trace.log).toEqual(['schedule', 'runPipeline', 'settled'])
  })

  it('tells of a new phase before its effects, and that it is settled after all of them', () => {
    const trace = new Trace(false)
    trace.dispatch({ type: 'identity.settled', expiresAt: undefined })
    trace.dispatch({ type: 'pipeline.completed' })
    expect(trace.log).toEqual([
      'connecting -> authenticated',
      'settled',
      'authenticated -> active',
      'cancel',
      'acceptUpgrade',
      'activate',
      'settled',
    ])
  })

  it('finishes one event before it begins the next, however they come', () => {
    const trace = new Trace(false)
    trace.meanwhile.set('acceptUpgrade', { type: 'close.requested', code: 1000, reason: '' })
    trace.dispatch({ type: 'pipeline.completed' })
    expect(trace.log).toEqual([
      'connecting -> authenticated',
      'raise',
      'raise done',
      'authenticated -> active',
      'cancel',
      'acceptUpgrade',
      'acceptUpgrade done',
      'activate',
      'active -> closing',
      'deactivate',
      'dropBacklog',
      'sendClose',
      'schedule',
      'settled',
    ])
    expect(trace.phase).toBe('closing')
    expect(trace.ending).toBe(true)
  })

  it('takes events in the order in which they came', () => {
    const trace = new Trace(false)
    trace.meanwhile.set('deactivate', { type: 'pipeline.settled' })
    trace.meanwhile.set('finishInbox', { type: 'inbox.finished' })
    trace.meanwhile.set('release', { type: 'resources.released' })
    trace.dispatch({ type: 'handshake.aborted' })
    expect(trace.log).toEqual([
      'connecting -> closing',
      'cancel',
      'deactivate',
      'deactivate done',
      'schedule',
      'finishInbox',
      'finishInbox done',
      'unwind',
      'release',
      'release done',
      'closing -> closed',
      'cancel',
      'finish',
      'settled',
    ])
    expect(trace.ending).toBe(true)
  })

  it('does nothing for an event that does not matter but to say that it is settled', () => {
    const trace = new Trace(false)
    trace.dispatch({ type: 'inbox.finished' })
    expect(trace.log).toEqual(['settled'])
  })
})

describe('what user code does from within', () => {
  it('an observer takes effect when what it observes is complete', async () => {
    const bench = Bench.open()
    const log: string[] = []
    bench.app.on('transition', (conn, { to }) => {
      log.push(`to ${to}`)
      if (to === 'active') conn.close(4000)
      log.push(`still ${conn.state}`)
    })
    bench.app.on('open', (conn) => void log.push(`open, ${conn.state}`))
    const handshake = bench.arrive()
    await turn()
    expect(log).toEqual([
      'to authenticated',
      'still authenticated',
      'to active',
      'still active',
      'open, active',
      'to closing',
      'still closing',
    ])
    expect(handshake.transport.calls).toEqual([{ call: 'close', code: 4000, reason: '' }])
  })

  it('an observer of the first step may end it: it is refused, and never active', async () => {
    const bench = Bench.open()
    bench.app.on('transition', (conn, { to }) => {
      if (to === 'authenticated') conn.close(4003, 'not today')
    })
    const handshake = bench.arrive()
    await turn()
    expect(handshake.accepted).toBe(false)
    expect(handshake.rejected?.status).toBe(403)
    expect(bench.of('open')).toEqual([])
    expect(bench.end).toMatchObject({ code: 4003, reason: 'not today' })
  })

  it('handlers and middleware run only between events: what they ask for is done when the call returns', async () => {
    const log: string[] = []
    const bench = Bench.open().with((app) =>
      app.use((conn, next) => {
        conn.authenticate({ subject: 'ada' })
        log.push(conn.state)
        return next()
      }),
    )
    bench.app.message((conn) => {
      conn.close(4000)
      log.push(conn.state)
    })
    const { transport } = await bench.connect()
    transport.receive('one')
    expect(log).toEqual(['authenticated', 'closing'])
    expect(transport.calls).toEqual([{ call: 'close', code: 4000, reason: '' }])
  })

  it('a held message is handled only when the connection has opened for everybody', async () => {
    const log: string[] = []
    const bench = Bench.open().with((app) =>
      app.use(async (conn, next) => {
        await conn.accept()
        return next()
      }),
    )
    bench.app.message((conn, message) => void log.push(`${message.text()}, ${conn.topics.size} topics`))
    bench.app.on('open', (conn) => {
      conn.join('room')
      log.push('open')
    })
    const handshake = bench.arrive()
    handshake.transport.receive('early')
    await turn()
    expect(log).toEqual(['open', 'early, 1 topics'])
  })

  it('an abort listener that closes again changes nothing', async () => {
    const bench = Bench.open()
    const { conn, transport } = await bench.connect()
    conn.signal.addEventListener('abort', () => conn.close(4999))
    conn.close(4000)
    transport.closed(4000)
    await turn()
    expect(transport.count('close')).toBe(1)
    expect(bench.end.code).toBe(4000)
  })
})
