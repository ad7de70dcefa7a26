import { z } from 'zod'

import { answer, defineRoute } from '../route.ts'

export type ReferenceDeps = {
  reference: { document: Record<string, unknown>; page: string; style: string }
}

const NO_CACHE = { 'cache-control': 'no-cache' }

/** The page shows nothing of anyone, loads nothing but its own style, and runs no script at all. */
const PAGE_HEADERS = {
  ...NO_CACHE,
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
}

const ofReference = { method: 'get', section: 'Reference', access: 'anyone', problems: [] } as const

export const readOpenApi = defineRoute(
  {
    ...ofReference,
    id: 'readOpenApi',
    path: '/openapi.json',
    summary: 'This document',
    description: 'OpenAPI 3.1, made from the schemas that check requests and shape answers.',
    answers: {
      200: {
        says: 'The document.',
        schema: z.record(z.string(), z.unknown()),
        example: { openapi: '3.1.1', info: { title: 'Moa', version: '1.0.0' }, paths: {} },
      },
    },
  },
  ({ reference }: ReferenceDeps) =>
    async () =>
      answer(200, reference.document, NO_CACHE),
)

export const readReference = defineRoute(
  {
    ...ofReference,
    id: 'readReference',
    path: '/docs',
    summary: 'This document, for people',
    description: 'One page without scripts, which a browser shows without any network but this address.',
    answers: {
      200: { says: 'The page.', schema: z.string(), example: '<!doctype html>…', type: 'text/html' },
    },
  },
  ({ reference }: ReferenceDeps) =>
    async () =>
      answer(200, reference.page, PAGE_HEADERS),
)

export const readReferenceStyle = defineRoute(
  {
    ...ofReference,
    id: 'readReferenceStyle',
    path: '/docs/style.css',
    summary: 'How the page looks',
    description: 'The style sheet of /docs.',
    answers: {
      200: { says: 'The style sheet.', schema: z.string(), example: ':root {…}', type: 'text/css' },
    },
  },
  ({ reference }: ReferenceDeps) =>
    async () =>
      answer(200, reference.style, NO_CACHE),
)
