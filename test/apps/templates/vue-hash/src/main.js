import { createApp, h } from 'vue';
import { createRouter, createWebHashHistory } from 'vue-router';
import App from './App.vue';
// tokenward:begin
import { connect } from 'tokenward';
// tokenward:end

const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', component: { render: () => h('h1', 'Home') } },
    { path: '/orders/:id', component: { props: ['id'], render: ({ id }) => h('h1', `Order ${id}`) }, props: true },
  ],
});

// tokenward:begin
connect({ worker: '/tokenward-sw.js' }).then((client) => {
  createApp(App, { client }).use(router).mount('#app');
});
// tokenward:end
