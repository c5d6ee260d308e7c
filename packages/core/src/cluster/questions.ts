import { Deferred } from '../deferred.js'
import type { Clock } from '../ports/clock.js'
import { type AnswerPart, PART } from './control.js'

/**
 * What all nodes answered to one question; those that did not in time are named instead of making it fail.
 *
 * @example
 * const { results, missingNodes } = await app.cluster({ timeout: 500 })
 */
export interface ClusterAnswer<Result> {
  readonly results: readonly Result[]
  /** Nodes that are known to live and did not answer. */
  readonly missingNodes: readonly string[]
}

interface Question {
  readonly waiting: Set<string>
  /** Of answers that are not complete, by node. */
  readonly parts: Map<string, string[]>
  readonly results: unknown[]
  readonly done: Deferred<ClusterAnswer<unknown>>
  timer: unknown
}

/**
 * An answer as it travels.
 *
 * @throws TypeError for what is no JSON.
 */
export function* answerParts(id: number, value: unknown): Generator<AnswerPart> {
  const text = JSON.stringify(value) ?? ''
  for (let before = 0, last = false; !last; before += 1) {
    const end = (before + 1) * PART
    last = end >= text.length
    yield { type: 'answer', id, part: text.slice(before * PART, end), before, last }
  }
}

/** What was answered with no JSON, was answered with nothing. */
function read(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text)
}

/** Questions to nodes that wait for answers. */
export class Questions {
  readonly #clock: Clock
  readonly #open = new Map<number, Question>()
  #asked: number

  constructor(clock: Clock) {
    this.#clock = clock
    // Answers to what an earlier life of this node has asked are not taken for answers to this one.
    this.#asked = Math.floor(clock.now())
  }

  /** Asks `nodes` through `send`, and waits `timeout` milliseconds at most. */
  ask(
    nodes: readonly string[],
    timeout: number,
    send: (id: number) => void,
  ): Promise<ClusterAnswer<unknown>> {
    const question: Question = {
      waiting: new Set(nodes),
      parts: new Map(),
      results: [],
      done: new Deferred(),
      timer: undefined,
    }
    this.#asked += 1
    const id = this.#asked
    this.#open.set(id, question)
    question.timer = this.#clock.setTimeout(() => this.#close(id, question), timeout)
    if (nodes.length === 0) this.#close(id, question)
    else send(id)
    return question.done.promise
  }

  /** A node has answered, or a part of it has come. Where one is missing, it has not. */
  answered(node: string, { id, part, before, last }: AnswerPart): void {
    const question = this.#open.get(id)
    if (question === undefined || !question.waiting.has(node)) return
    const parts = question.parts.get(node) ?? []
    if (parts.length !== before) return
    parts.push(part)
    question.parts.set(node, parts)
    if (!last) return
    question.results.push(read(parts.join('')))
    question.waiting.delete(node)
    if (question.waiting.size === 0) this.#close(id, question)
  }

  /** They will not answer any more. */
  end(): void {
    for (const [id, question] of this.#open) this.#close(id, question)
  }

  #close(id: number, { waiting, results, done, timer }: Question): void {
    this.#clock.clearTimeout(timer)
    this.#open.delete(id)
    done.resolve({ results, missingNodes: [...waiting] })
  }
}
