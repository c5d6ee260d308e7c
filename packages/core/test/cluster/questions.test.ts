import { describe, expect, it } from 'vitest'
import { PART } from '../../src/cluster/control.js'
import { answerParts, Questions } from '../../src/cluster/questions.js'
import { FakeClock } from '../fake-clock.js'

function stage(epoch?: number) {
  const clock = new FakeClock(epoch)
  const questions = new Questions(clock)
  const ids: number[] = []
  const ask = (nodes: readonly string[]) => questions.ask(nodes, 100, (id) => ids.push(id))
  /** A node answers, in as many parts as it takes. */
  const answered = (id: number | undefined, node: string, value: unknown): void => {
    for (const part of answerParts(id as number, value)) questions.answered(node, part)
  }
  return { clock, questions, ids, ask, answered }
}

describe('a question', () => {
  it('is answered when all have answered, in the order in which they did', async () => {
    const { answered, ids, ask, clock } = stage()
    const answer = ask(['one', 'two'])
    answered(ids[0], 'two', 2)
    answered(ids[0], 'one', 1)
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
    const { answered, ids, ask, clock } = stage()
    const answer = ask(['one', 'two'])
    answered(ids[0], 'one', 1)
    await clock.advance(100)
    answered(ids[0], 'two', 2)
    expect(await answer).toEqual({ results: [1], missingNodes: ['two'] })
  })

  it('is answered once by each, and by nobody else', async () => {
    const { answered, questions, ids, ask } = stage()
    const [id] = [ask(['one', 'two']), ids[0] as number].slice(1) as [number]
    const other = ask(['one'])
    answered(id, 'one', 1)
    answered(id, 'one', 'again')
    answered(id, 'three', 'not asked')
    answered(ids[1], 'one', 'the other')
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

  it('is answered with as much as there is, in parts that every engine takes, and with nothing too', async () => {
    const { ids, ask, answered, questions } = stage()
    const much = { text: `"\\ä\u2028\ud83d\ude00\ud800${'x'.repeat(3 * PART)}`.repeat(2) }
    const answer = ask(['one', 'two', 'three'])
    const parts = [...answerParts(ids[0] as number, much)]
    expect(parts.length).toBeGreaterThan(6)
    for (const part of parts) {
      expect(Buffer.byteLength(JSON.stringify(part))).toBeLessThan(65_000)
      // As it travels.
      questions.answered('one', JSON.parse(JSON.stringify(part)))
    }
    answered(ids[0], 'two', undefined)
    answered(ids[0], 'three', 'x'.repeat(PART - 2))
    expect(await answer).toEqual({ results: [much, undefined, 'x'.repeat(PART - 2)], missingNodes: [] })
    expect([...answerParts(1, 'x'.repeat(PART - 2))]).toHaveLength(1)
    expect([...answerParts(1, 'x'.repeat(PART - 1))]).toHaveLength(2)
  })

  it('is not answered where a part is missing, or comes twice', async () => {
    const { ids, ask, questions, clock } = stage()
    const answer = ask(['one', 'two'])
    const [first, second, third] = [...answerParts(ids[0] as number, 'x'.repeat(2 * PART))]
    for (const part of [first, third]) if (part !== undefined) questions.answered('one', part)
    for (const part of [first, first, second, third]) if (part !== undefined) questions.answered('two', part)
    await clock.advance(100)
    expect(await answer).toEqual({ results: ['x'.repeat(2 * PART)], missingNodes: ['one'] })
  })
})
