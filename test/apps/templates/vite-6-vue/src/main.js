import { createApp } from 'vue';
import App from './App.vue';
// tokenward:begin
import { connect } from 'tokenward';

connect({ worker: '/tokenward-sw.js' }).then((client) => {
  createApp(App, { client }).mount('#app');
});
// tokenward:end
