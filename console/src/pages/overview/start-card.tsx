import { useConnections } from '../../api/connections.ts'
import { LinkButton } from '../../parts/button.tsx'
import { Card, Row } from '../../parts/layout.tsx'
import { Code, CopyButton } from '../../parts/text.tsx'
import { ROUTES } from '../../routes.ts'
import { texts } from '../../texts/texts.ts'
import { useTotal } from './count-users.ts'

const words = texts.overview.start
const FIRST_CONNECTION = 'Username-Password-Authentication'

/** Only while there are no users. */
export function StartCard() {
  const { data } = useTotal()
  const { data: connections } = useConnections()
  if (data === undefined || data.users > 0) return null
  const commands = words.commands(connections?.[0]?.name ?? FIRST_CONNECTION)
  return (
    <Card title={words.title}>
      <p>{words.lead}</p>
      <Row>
        <LinkButton to={ROUTES.import} look="primary">
          {texts.overview.importUsers}
        </LinkButton>
        <span>{words.importHint}</span>
      </Row>
      <p>{words.commandHint}</p>
      <Code text={commands} />
      <Row>
        <CopyButton text={commands} label={words.copy} />
      </Row>
    </Card>
  )
}
