// A process that holds one node, or, of the memory engine, both.

import { toError } from '@linkspan/core'
import type { Member, Reply, Request } from './contract.js'
import { BenchNode } from './node.js'

const nodes = new Map<Member, BenchNode>()

async function answer({ member, command }: Request): Promise<Reply> {
  if (command.do === 'open') {
    nodes.set(member, await BenchNode.open(command.engine, command.address, command.topics))
    return {}
  }
  const readings = await nodes.get(member)?.obey(command)
  return readings === undefined ? {} : { readings }
}

const say = (reply: Reply): void => void process.send?.(reply)

process.on('message', (request: Request) => {
  answer(request).then(say, (thrown: unknown) => say({ error: toError(thrown).message }))
})
process.on('disconnect', () => process.exit())
