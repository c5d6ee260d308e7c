import { describe, expect, it } from 'vitest'
import { compose, nextTwice } from '../src/compose.js'
import type { Connection } from '../src/connection.js'
import { Message } from '../src/message.js'
import type { Handled, MessageMiddleware } from '../src/middleware.js'
import { turn } from './fake-clock.js'
import { lazy } from './thenable.js'
import { unhandledDuring } from './unhandled.js'

const conn = {} as Connection<never>
const message = new Message(new Uint8Array(), true)

function run(...stack: MessageMiddleware<never>[]): Handled {
  return compose(stack)(conn, message)
}

describe('no message middleware', () => {
  it('handles nothing, at once', () => {
    expect(run()).toBeUndefined()
  })
})

describe('one message middleware', () => {
  it('is given the connection, the message, and a next that does nothing', () => {
    const seen: unknown[] = []
    expect(run((one, two, next) => void seen.push(one, two, next()))).toBeUndefined()
    expect(seen).toEqual([conn, message, undefined])
  })

  it('is awaited where it is asynchronous, through its own promise', () => {
    const promise = Promise.resolve()
    expect(run(() => promise)).toBe(promise)
  })

  it('throws what it throws', () => {
    const throwing = (): void => {
      throw new Error('no')
    }
    expect(() => run(throwing)).toThrow('no')
  })
})

describe('several message middlewares', () => {
  it('are an onion', () => {
    const order: string[] = []
    const layer = (name: string): MessageMiddleware<never> => {
      return (_conn, _message, next) => {
        order.push(`${name} in`)
        void next()
        order.push(`${name} out`)
      }
    }
    expect(run(layer('a'), layer('b'), layer('c'))).toBeUndefined()
    expect(order).toEqual(['a in', 'b in', 'c in', 'c out', 'b out', 'a out'])
  })

  it('are an onion also where they are asynchronous', async () => {
    const order: string[] = []
    const layer = (name: string): MessageMiddleware<never> => {
      return async (_conn, _message, next) => {
        order.push(`${name} in`)
        await turn()
        await next()
        order.push(`${name} out`)
      }
    }
    await run(layer('a'), layer('b'))
    expect(order).toEqual(['a in', 'b in', 'b out', 'a out'])
  })

  it('that do not call next keep the message to themselves', () => {
    let reached = false
    const result = run(
      () => {},
      () => {
        reached = true
      },
    )
    expect(result).toBeUndefined()
    expect(reached).toBe(false)
  })

  it('need no promise of their own where the outer one hands on the inner one', () => {
    const promise = Promise.resolve()
    const result = run(
      (_conn, _message, next) => next(),
      () => promise,
    )
    expect(result).toBe(promise)
  })

  it('end with a next that does nothing', () => {
    const ends = (_conn: Connection<never>, _message: Message, next: () => unknown): void => {
      expect(next()).toBeUndefined()
    }
    expect(run((_conn, _message, next) => next(), ends)).toBeUndefined()
  })

  it('may call next once', () => {
    const twice: MessageMiddleware<never> = (_conn, _message, next) => {
      void next()
      void next()
    }
    expect(() => run(twice, () => {})).toThrow(nextTwice().message)
    expect(() =>
      run(
        (_conn, _message, next) => next(),
        twice,
        () => {},
      ),
    ).toThrow(expect.objectContaining({ code: 'LINKSPAN_NEXT_TWICE' }))
  })
})

describe('an inner promise that nobody waits for', () => {
  it('holds back the end of a synchronous outer one', async () => {
    let ended = false
    const result = run(
      (_conn, _message, next) => void next(),
      async () => {
        await turn()
        ended = true
      },
    )
    await result
    expect(ended).toBe(true)
  })

  it('holds back the end of an asynchronous outer one', async () => {
    let ended = false
    await run(
      async (_conn, _message, next) => {
        void next()
        await Promise.resolve()
      },
      async () => {
        await turn()
        ended = true
      },
    )
    expect(ended).toBe(true)
  })

  it('that rejects after the outer one has ended is its outcome', async () => {
    const result = run(
      async (_conn, _message, next) => {
        void next()
        await Promise.resolve()
      },
      async () => {
        await turn()
        throw new Error('late')
      },
    )
    await expect(result).rejects.toThrow('late')
  })

  it('that rejects is the outcome of a synchronous outer one', async () => {
    const result = run(
      (_conn, _message, next) => void next(),
      () => Promise.reject(new Error('inner')),
    )
    await expect(result).rejects.toThrow('inner')
  })

  it('holds back what the outer one throws at once, and ends no process', async () => {
    let ended = false
    const unhandled = await unhandledDuring(async () => {
      const result = run(
        (_conn, _message, next) => {
          void next()
          throw new Error('outer')
        },
        async () => {
          await turn()
          ended = true
          throw new Error('inner')
        },
      )
      await expect(result).rejects.toThrow('outer')
      expect(ended).toBe(true)
    })
    expect(unhandled).toEqual([])
  })

  it('holds back what the outer one throws later, and ends no process', async () => {
    let ended = false
    const unhandled = await unhandledDuring(async () => {
      const result = run(
        async (_conn, _message, next) => {
          void next()
          await Promise.resolve()
          throw new Error('outer')
        },
        async () => {
          await turn()
          ended = true
          throw new Error('inner')
        },
      )
      await expect(result).rejects.toThrow('outer')
      expect(ended).toBe(true)
    })
    expect(unhandled).toEqual([])
  })
})

describe('what an inner one throws', () => {
  it('is seen by the outer one, at once', () => {
    let caught: unknown
    const result = run(
      (_conn, _message, next) => {
        try {
          void next()
        } catch (thrown) {
          caught = thrown
        }
      },
      () => {
        throw new Error('inner')
      },
    )
    expect(result).toBeUndefined()
    expect(caught).toEqual(new Error('inner'))
  })

  it('is seen by the outer one, later, and is over once it was caught', async () => {
    let caught: unknown
    const unhandled = await unhandledDuring(() =>
      run(
        async (_conn, _message, next) => {
          try {
            await next()
          } catch (thrown) {
            caught = thrown
          }
          await turn()
        },
        () => Promise.reject(new Error('inner')),
      ),
    )
    expect(caught).toEqual(new Error('inner'))
    expect(unhandled).toEqual([])
  })

  it('goes through an outer one that does not catch', async () => {
    const through: MessageMiddleware<never> = async (_conn, _message, next) => {
      await next()
    }
    await expect(run(through, () => Promise.reject(new Error('inner')))).rejects.toThrow('inner')
    const throwing = (): void => {
      throw new Error('at once')
    }
    expect(() => run((_conn, _message, next) => next(), throwing)).toThrow('at once')
  })
})

describe('anything that can be awaited', () => {
  it('counts as a promise, outside and inside', async () => {
    let ended = 0
    const late = (): Promise<void> =>
      lazy((resolve) => {
        setImmediate(() => {
          ended += 1
          resolve()
        })
      })
    await run(async (_conn, _message, next) => {
      void next()
      await Promise.resolve()
    }, late)
    expect(ended).toBeGreaterThan(0)
    await run((_conn, _message, next) => {
      void next()
      return late()
    }, late)
    expect(ended).toBeGreaterThan(1)
  })

  it('that has no more than a then does not hide what the outer one throws', async () => {
    const result = run(
      (_conn, _message, next) => {
        void next()
        throw new Error('outer')
      },
      () => lazy((resolve) => resolve()),
    )
    await expect(result).rejects.toThrow('outer')
  })
})
