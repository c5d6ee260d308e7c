import { createServer } from 'node:http'
import { attach, upgrade } from '@linkspan/express'
import express from 'express'
import { chat } from '../src/app.js'
import { publicFolder } from './shared/page.js'
import { run } from './shared/run.js'

const app = chat()

const web = express()
web.use(express.static(publicFolder))
web.get('/chat/:room', upgrade(app))

const server = createServer(web)
attach(server, web)

await run('Express', app, server)
