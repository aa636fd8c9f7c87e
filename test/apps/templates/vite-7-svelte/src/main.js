import { mount } from 'svelte';
import App from './App.svelte';
// tokenward:begin
import { connect } from 'tokenward';

connect({ worker: '/tokenward-sw.js' }).then((client) => {
  mount(App, { target: document.getElementById('app'), props: { client } });
});
// tokenward:end
