import type { OpenApi } from '../openapi/document.ts'
export const pageOf = (d: OpenApi): string => `<!doctype html><title>${d.info.title}</title>`
