import { expect, it } from 'vitest'
import { Bench } from './fake.js'
import { turn } from './fake-clock.js'
import { pipeline } from '../src/pipeline.js'
import { Rejection } from '../src/rejection.js'

it('closed counted once', async () => {
  const b = Bench.open(); const { transport } = await b.connect()
  transport.closed(1000); await turn()
  expect(b.app.stats().totals.closed).toBe(1)
})
it('sync closed in sync handler', async () => {
  const b = Bench.open(); b.app.message((c) => { c.terminate() })
  const { transport } = await b.connect({}, { abrupt: true })
  transport.receive('x'); await b.clock.advance(20000)
  expect(b.errors).toEqual([]); expect(b.end.duration).toBe(0)
})
it('flush dropped is not lost', async () => {
  const b = Bench.open(); const { conn, transport } = await b.connect()
  transport.answer = 'queued'; conn.send('1'); conn.send('2'); conn.send('3')
  let n = 0
  transport.answer = () => (n++ === 0 ? 'dropped' : 'sent')
  transport.sink.drain(); transport.sink.drain()
  expect(transport.sent).toEqual(['1', '2', '3'])
  expect(b.app.stats().totals.sent).toBe(3)
})
it('borrowed message dropped by transport is copied', async () => {
  const b = Bench.open(); b.app.message((c, m) => { c.send(m) })
  const { transport } = await b.connect({}, { borrows: true })
  transport.answer = 'dropped'
  const buf = new TextEncoder().encode('hello'); transport.sink.message(buf, false); buf.fill(120)
  transport.answer = 'sent'; transport.sink.drain()
  expect(transport.sent).toEqual(['hello'])
})
it('close while paused resumes', async () => {
  const b = Bench.open({ inbox: { messages: 1 } }); let go = () => {}
  b.app.message(() => new Promise<void>((r) => { go = r }))
  const { conn, transport } = await b.connect()
  transport.receive('1'); transport.receive('2')
  expect(transport.count('pause')).toBe(1)
  conn.close(); go()
  expect(transport.count('resume')).toBe(1)
})
it('second floating next does not crash', async () => {
  const seen: unknown[] = []; const l = (e: unknown) => { seen.push(e) }
  process.on('unhandledRejection', l)
  const b = Bench.open().with((a) => a.use(async (_c, next) => { const e = next(); void next(); return e }))
  b.arrive(); await turn(); await turn()
  process.off('unhandledRejection', l)
  expect(seen).toEqual([])
})
it('sync throw after floating message next does not crash', async () => {
  const seen: unknown[] = []; const l = (e: unknown) => { seen.push(e) }
  process.on('unhandledRejection', l)
  const b = Bench.open()
  b.app.message((_c, _m, next) => { void next(); throw new Error('outer') }).message(async () => { await turn(); throw new Error('inner') })
  const { transport } = await b.connect(); transport.receive('x'); await turn(); await turn(); await turn()
  process.off('unhandledRejection', l)
  expect(seen).toEqual([])
})
it('forgotten return in a bundle', async () => {
  const deep = pipeline()
    .use(async (_c, next) => next()).use(async (_c, next) => next()).use(async (_c, next) => next())
    .use((async (_c: unknown, next: () => unknown) => { void next() }) as never)
  const b = Bench.open().with((a) => a.use(deep))
  const h = b.arrive(); await turn()
  expect(h.rejected?.status).toBe(500)
})
it('scope throwing unwinds first', async () => {
  const order: string[] = []
  const b = Bench.open({ scope: () => { throw new Error('no') } }).with((a) => a.use(async (c, next) => { c.defer(() => { order.push('defer') }); const e = await next(); order.push('unwound'); return e }))
  b.arrive(); await turn()
  expect(order).toEqual(['unwound', 'defer'])
})
it('broadcast does not reach connecting', async () => {
  let go = () => {}
  const b = Bench.open().with((a) => a.use(async (_c, next) => { await new Promise<void>((r) => { go = r }); return next() }))
  const h = b.arrive(); await turn(); b.app.broadcast('secret'); go(); await turn()
  expect(h.transport.sent).toEqual([])
})
it('drain during early accept sends nothing', async () => {
  let go = () => {}
  const b = Bench.open().with((a) => a.use(async (c, next) => { await c.accept(); c.send('hi'); await new Promise<void>((r) => { go = r }); return next() }))
  const h = b.arrive(); await turn(); h.transport.sink.drain()
  expect(h.transport.sent).toEqual([]); go()
})
it('read floating', async () => {
  const seen: unknown[] = []; const l = (e: unknown) => { seen.push(e) }
  process.on('unhandledRejection', l)
  const b = Bench.open().with((a) => a.use(async (c) => { await c.accept(); void c.read(); throw new Rejection({ status: 401 }) }))
  b.arrive(); await turn(); await turn()
  process.off('unhandledRejection', l)
  expect(seen).toEqual([])
})
it('abort called synchronously', async () => {
  const { FakeHandshake } = await import('./fake.js')
  class Gone extends FakeHandshake { override onAbort(cb: () => void) { super.onAbort(cb); cb() } }
  let ran = 0
  const b = Bench.open().with((a) => a.use(async (_c, next) => { ran++; await new Promise(() => {}); return next() }))
  b.app.handle(new Gone()); await b.clock.advance(60000)
  expect(b.end.code).toBe(1006); expect(ran).toBe(0)
})
it('late defer is not lost', async () => {
  const b = Bench.open(); const { conn, transport } = await b.connect()
  let late = false
  conn.defer(async () => { await turn(); queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => conn.defer(() => { late = true })))) })
  transport.closed(1000); await turn(); await turn(); await turn()
  expect(conn.state).toBe('closed'); expect(late).toBe(true)
})
it('drain report does not count refused', async () => {
  const b = Bench.open(); await b.connect().then(({ transport }) => { const p = b.app.drain({ grace: 1000 }); b.arrive(); transport.closed(1000); return p })
    .then((r) => expect(r).toMatchObject({ closed: 1, forced: 0 }))
})
it('drain retryAfter invalid', async () => {
  const b = Bench.open(); await b.connect(); expect(() => { void b.app.drain({ retryAfter: 1.5 }) }).toThrow(/retryAfter/)
})
it('duration ends with socket', async () => {
  const b = Bench.open(); let go = () => {}
  b.app.message(() => new Promise<void>((r) => { go = r }))
  const { transport } = await b.connect(); transport.receive('1'); transport.closed(1000)
  await b.clock.advance(1000); go(); await turn()
  expect(b.end.duration).toBe(0)
})
it('visibly terminate not clean', async () => {
  const b = Bench.open({ refuse: 'visibly' }).with((a) => a.use(async (c, next) => { c.terminate(); return next() }))
  const h = b.arrive(); await turn(); if (h.accepted) h.transport.closed(1013); await turn()
  expect(b.end).toMatchObject({ code: 1006, clean: false, wireCode: undefined })
})
it('async listener rejection', async () => {
  const seen: unknown[] = []; const l = (e: unknown) => { seen.push(e) }
  process.on('unhandledRejection', l)
  const b = Bench.open(); b.app.on('open', async () => { throw new Error('x') }); await b.connect(); await turn()
  process.off('unhandledRejection', l)
  expect(seen).toEqual([]); expect(b.errors).toEqual(['LINKSPAN_LISTENER'])
})
it('async origin fn', async () => {
  const b = Bench.open({ origin: (async () => false) as never }); const h = b.arrive(); await turn()
  expect(h.accepted).toBe(false)
})
it('unparsable origin and host', async () => {
  const b = Bench.open({ origin: 'same' }); const h = b.arrive({ headers: { host: 'a b', origin: 'https://evil test' } }); await turn()
  expect(h.rejected?.status).toBe(403)
})
it('paused while backlog error', async () => {
  const b = Bench.open(); const handled: string[] = []
  b.app.message(async (_c, m) => { await turn(); handled.push(m.text()); throw new Error('x') })
  const { transport } = await b.connect(); transport.receive('1'); transport.receive('2'); transport.closed(1000)
  await turn(); await turn(); await turn(); await turn()
  expect(handled).toEqual(['1'])
})
it('transferred message does not kill copies', async () => {
  const b = Bench.open(); b.app.message((_c, m) => { const y = m.bytes(); structuredClone(y.buffer, { transfer: [y.buffer as ArrayBuffer] }) })
  const { transport } = await b.connect({}, { borrows: true })
  transport.receive('aaa'); transport.receive('bbb'); await turn()
  expect(b.errors).toEqual([])
})
