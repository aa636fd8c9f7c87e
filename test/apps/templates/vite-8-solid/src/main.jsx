import { render } from 'solid-js/web';
import { App } from './app.jsx';
// tokenward:begin
import { connect } from 'tokenward';

connect({ worker: '/tokenward-sw.js' }).then((client) => {
  render(() => <App client={client} />, document.getElementById('app'));
});
// tokenward:end
