import { Notes } from '../../notes';

export function generateStaticParams() {
  return [{ id: '7' }];
}

export default async function Order({ params }) {
  const { id } = await params;
  return (
    <>
      <h1>{`Order ${id}`}</h1>
      <Notes />
    </>
  );
}
