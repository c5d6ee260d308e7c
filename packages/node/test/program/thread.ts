// A worker thread with a server of its own. It gets no signals: its main thread tells it to end.

import { parentPort } from 'node:worker_threads'
import { linkspan } from '@linkspan/core'
import { shutdown } from '@linkspan/node'
import { transports } from './serve.js'

const app = linkspan()
const serving = await transports['ws']?.(app)
const stopping = shutdown({ apps: [app], servers: serving === undefined ? [] : [serving.server], exit: true })
parentPort?.once('message', () => void stopping.begin())
void stopping.done.then(({ clean, connections }) => parentPort?.postMessage({ clean, connections }))
parentPort?.postMessage({ port: serving?.port })
