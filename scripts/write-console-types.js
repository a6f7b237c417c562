// Writes the types of the console's requests from the OpenAPI document, so that the console shares no code with the server.
import { mkdirSync, writeFileSync } from 'node:fs'
import openapiTS, { astToString } from 'openapi-typescript'
import { ROUTES } from '../dist/http/all-routes.js'
import { openapiOf } from '../dist/http/openapi.js'

const document = openapiOf(ROUTES, { publicUrl: 'http://127.0.0.1:3000', version: '' })
const folder = new URL('../console/src/api/', import.meta.url)
mkdirSync(folder, { recursive: true })
writeFileSync(new URL('openapi.d.ts', folder), astToString(await openapiTS(JSON.stringify(document))))
