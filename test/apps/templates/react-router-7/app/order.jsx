import { useParams } from 'react-router';

export default function Order() {
  return <h1>Order {useParams().id}</h1>;
}
