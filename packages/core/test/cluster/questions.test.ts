import { describe, expect, it } from 'vitest'
import { Questions } from '../../src/cluster/questions.js'
import { FakeClock } from '../fake-clock.js'

function stage(epoch?: number) {
  const clock = new FakeClock(epoch)
  const questions = new Questions(clock)
  const ids: number[] = []
  const ask = (nodes: readonly string[]) => questions.ask(nodes, 100, (id) => ids.push(id))
  return { clock, questions, ids, ask }
}

describe('a question', () => {
  it('is answered when all have answered, in the order in which they did', async () => {
    const { questions, ids, ask, clock } = stage()
    const answer = ask(['one', 'two'])
    questions.answered(ids[0] as number, 'two', 2)
    questions.answered(ids[0] as number, 'one', 1)
    expect(await answer).toEqual({ results: [2, 1], missingNodes: [] })
    expect(clock.pending).toBe(0)
  })

  it('of nobody is answered at once, and not sent', async () => {
    const { ids, ask, clock } = stage()
    expect(await ask([])).toEqual({ results: [], missingNodes: [] })
    expect(ids).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('is over in time, and names who is missing; late answers are nobody’s', async () => {
    const { questions, ids, ask, clock } = stage()
    const answer = ask(['one', 'two'])
    questions.answered(ids[0] as number, 'one', 1)
    await clock.advance(100)
    questions.answered(ids[0] as number, 'two', 2)
    expect(await answer).toEqual({ results: [1], missingNodes: ['two'] })
  })

  it('is answered once by each, and by nobody else', async () => {
    const { questions, ids, ask } = stage()
    const [id] = [ask(['one', 'two']), ids[0] as number].slice(1) as [number]
    const other = ask(['one'])
    questions.answered(id, 'one', 1)
    questions.answered(id, 'one', 'again')
    questions.answered(id, 'three', 'not asked')
    questions.answered(ids[1] as number, 'one', 'the other')
    questions.end()
    expect(await other).toEqual({ results: ['the other'], missingNodes: [] })
  })

  it('of an earlier life of the node has another number', async () => {
    const before = stage(1_000)
    const after = stage(2_000)
    void before.ask(['one'])
    void after.ask(['one'])
    expect(before.ids[0]).not.toBe(after.ids[0])
    before.questions.end()
    after.questions.end()
  })

  it('that is open at the end is answered with what there is', async () => {
    const { questions, ask, clock } = stage()
    const answers = [ask(['one']), ask(['one', 'two'])]
    questions.end()
    expect(await Promise.all(answers)).toEqual([
      { results: [], missingNodes: ['one'] },
      { results: [], missingNodes: ['one', 'two'] },
    ])
    expect(clock.pending).toBe(0)
  })
})
