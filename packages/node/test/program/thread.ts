// A worker thread with a server of its own, by its data a name of serve.ts. It gets no signals: its main thread tells it to end.

import { parentPort, workerData } from 'node:worker_threads'
import { linkspan } from '@linkspan/core'
import { shutdown } from '@linkspan/node'
import { transports } from './serve.js'

const app = linkspan()
const serve = transports[String(workerData)]
if (serve === undefined) throw new Error(`${String(workerData)} is none of ours`)
const { server, port } = await serve(app)
const stopping = shutdown({ apps: [app], servers: [server], exit: true })
parentPort?.once('message', () => void stopping.begin())
void stopping.done.then(({ clean, connections }) => parentPort?.postMessage({ clean, connections }))
parentPort?.postMessage({ port })
