import { EXPORT_FORMATS } from '../../domain/export-request.ts'
import { type PreviewExportDeps, previewExport } from '../../flow/preview-export.ts'
import { boolean, closed, integer, list, TEXT, text } from '../../schema/build.ts'
import { defineRoute } from '../define-route.ts'
import { EXPORT_REQUEST, orderOf } from '../export-schema.ts'

const PREVIEW = closed(['format', 'columns', 'users', 'text', 'is_cut'], {
  format: text('Format of the file.', { enum: EXPORT_FORMATS }),
  columns: list('Headings of the columns, or keys of the lines.', TEXT),
  users: integer('The number of users in the text, and of deletions if the file names them.'),
  text: text('The first bytes of the unpacked file.'),
  is_cut: boolean('True if users are left out because they are too large.'),
})

const EXAMPLE = {
  format: 'csv',
  columns: ['email', 'email_verified'],
  users: 1,
  text: 'email,email_verified\n"\'ada@example.com",true\n',
  is_cut: false,
}

/** Auth0 has no such endpoint. */
export const postUsersExportsPreview = defineRoute({
  method: 'POST',
  path: '/api/v2/jobs/users-exports/preview',
  operationId: 'post_users-exports-preview',
  summary: 'Show the first ten users of an export as the file will have them, without a job',
  scopes: ['read:users'],
  rateGroup: 'read_users',
  body: EXPORT_REQUEST,
  takesForm: true,
  answers: {
    200: { description: 'The beginning of the file.', schema: PREVIEW, example: EXAMPLE },
    400: 'The request is not valid, or the connection does not exist.',
    409: 'Muster no longer knows all deletions after `since`.',
    503: 'The first users could not be found within two seconds.',
  },
  handle: async ({ body }, deps: PreviewExportDeps) => {
    const { isCut, ...preview } = await previewExport(orderOf(body), deps)
    return { ...preview, is_cut: isCut }
  },
})
